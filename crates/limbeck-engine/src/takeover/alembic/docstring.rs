//! What the docstring of a migration says: its message, and when it was written.

/// What is kept of it.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) description: String,
    /// As RFC 3339 text in UTC; empty where it is not said.
    pub(super) created: String,
}

/// Reads it; lines that Alembic wrote and a header says itself are left out.
pub(super) fn read(docstring: &str) -> Said {
    let mut created = String::new();
    let mut lines: Vec<&str> = Vec::new();
    for line in docstring.lines().map(str::trim) {
        if let Some(time) = line.strip_prefix("Create Date:") {
            created = in_utc(time.trim()).unwrap_or_default();
        } else if line.starts_with("Revision ID:") || line.starts_with("Revises:") {
            continue;
        } else if !line.is_empty() || lines.last().is_some_and(|before| !before.is_empty()) {
            lines.push(line);
        }
    }
    Said {
        description: lines.join("\n").trim().to_owned(),
        created,
    }
}

/// Whether a label of Alembic can be one here.
pub(super) fn is_word(label: &str) -> bool {
    let is_letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
    !label.is_empty() && !label.starts_with('-') && label.bytes().all(is_letter)
}

/// `2024-01-04 10:00:00.123456+02:00` as `2024-01-04T08:00:00Z`; a time without a zone is taken for UTC.
fn in_utc(text: &str) -> Option<String> {
    let number = |from: usize, to: usize| text.get(from..to)?.parse::<i64>().ok();
    let sign = |at: usize, signs: &str| Some(signs.contains(text.get(at..=at)?));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let is_shaped = sign(4, "-")? && sign(7, "-")? && sign(10, " T")? && sign(13, ":")?;
    let is_time = (1970..2200).contains(&year)
        && (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0..60).contains(&second);
    if !is_shaped || !is_time {
        return None;
    }
    let zone = text.get(19..)?;
    let zone = zone.trim_start_matches(|char: char| char == '.' || char.is_ascii_digit());
    let ahead = match zone.trim() {
        "" | "Z" => 0,
        zone => {
            let (sign, digits) = zone.split_at_checked(1)?;
            let (hours, minutes) = digits.split_once(':')?;
            let below = |text: &str, limit: i64| {
                let number = text
                    .parse()
                    .ok()
                    .filter(|number| (0..limit).contains(number));
                number.filter(|_| text.len() == 2)
            };
            let ahead = below(hours, 24)? * 60 + below(minutes, 60)?;
            match sign {
                "+" => ahead,
                "-" => -ahead,
                _ => return None,
            }
        }
    };
    let minutes = days_from(year, month, day) * 1440 + hour * 60 + minute - ahead;
    let (year, month, day) = date_of(minutes.div_euclid(1440));
    let of_day = minutes.rem_euclid(1440);
    Some(format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{second:02}Z",
        of_day / 60,
        of_day % 60
    ))
}

/// The days since 1970 of a date, by the calendar whose year begins in March and so ends with the day that may be missing.
fn days_from(year: i64, month: i64, day: i64) -> i64 {
    let year = if month > 2 { year } else { year - 1 };
    let month = (month + 9) % 12;
    let of_year = (153 * month + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year
        - 719_468
}

/// The date so many days after the first one of 1970.
fn date_of(days: i64) -> (i64, i64, i64) {
    let mut year = 1970 + days.div_euclid(366);
    while days_from(year + 1, 1, 1) <= days {
        year += 1;
    }
    let mut month = 1;
    while month < 12 && days_from(year, month + 1, 1) <= days {
        month += 1;
    }
    (year, month, days - days_from(year, month, 1) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_utc() {
        for (text, expected) in [
            ("2024-01-04 10:00:00.123456", Some("2024-01-04T10:00:00Z")),
            ("2024-01-04 10:00:00+02:00", Some("2024-01-04T08:00:00Z")),
            ("2024-03-01 00:30:00+01:00", Some("2024-02-29T23:30:00Z")),
            ("2023-12-31 23:30:59.5-05:30", Some("2024-01-01T05:00:59Z")),
            ("1970-01-01T00:00:00Z", Some("1970-01-01T00:00:00Z")),
            ("2100-02-28 23:00:00-01:00", Some("2100-03-01T00:00:00Z")),
            ("2024-13-04 10:00:00", None),
            ("2024-01-04 10:00:00+9223372036854775807:00", None),
            ("2024-01-04 10:00:00-100000000000000000:00", None),
            ("2024-01-04 10:00:00+02:60", None),
            ("2024-01-04", None),
            ("é024-01-04 10:00:00", None),
            ("yesterday", None),
        ] {
            assert_eq!(in_utc(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn what_alembic_wrote_itself_is_left_out() {
        let said = read(
            "add users\n\nWith their  \n   e-mail.\n\n\nRevision ID: a1\nRevises: \nCreate Date: 2024-01-04 10:00:00\n\n",
        );
        assert_eq!(said.description, "add users\n\nWith their\ne-mail.");
        assert_eq!(said.created, "2024-01-04T10:00:00Z");
    }
}

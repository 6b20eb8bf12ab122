//! Dates and times at a distance from the first one that is made up.

use limbeck_core::sql::{Token, TokenKind};

/// The distances that an expression speaks of, in seconds: numbers are days, and intervals have units.
pub(super) fn distances(expression: &str, tokens: &[Token]) -> Vec<i64> {
    let mut found = Vec::new();
    let mut put = |seconds: i64| {
        let is_near = (1..=MOST_DAYS * DAY).contains(&seconds);
        if is_near && !found.contains(&seconds) {
            found.push(seconds);
        }
    };
    for token in tokens {
        let text = token.text(expression);
        match token.kind {
            TokenKind::Number => {
                let days = text.parse::<i64>().ok().filter(|days| *days <= MOST_DAYS);
                for days in days.into_iter().flat_map(|days| [days, days - 1, days + 1]) {
                    put(days * DAY);
                }
            }
            TokenKind::String => {
                if let Some(seconds) = interval(text.trim_matches('\'')) {
                    for seconds in [seconds, seconds - 1, seconds + 1, seconds / 2, seconds * 2] {
                        put(seconds);
                    }
                }
            }
            _ => {}
        }
    }
    for seconds in [DAY, 3600, 1] {
        put(seconds);
    }
    found
}

/// A date so far behind the first one.
pub(super) fn date(distance: i64) -> String {
    let (year, month, day) = civil(START + distance.div_euclid(DAY));
    format!("{year:04}-{month:02}-{day:02}")
}

/// A time stamp so far behind the first one.
pub(super) fn timestamp(distance: i64) -> String {
    let seconds = START_OF_DAY + distance;
    let date = date(seconds.div_euclid(DAY) * DAY);
    let rest = seconds.rem_euclid(DAY);
    format!(
        "{date} {:02}:{:02}:{:02}",
        rest / 3600,
        rest / 60 % 60,
        rest % 60
    )
}

const DAY: i64 = 86_400;
/// Two hundred years.
const MOST_DAYS: i64 = 73_000;
/// 2001-02-03, in days since 1970-01-01, and the time of day that goes with it.
const START: i64 = 11_356;
const START_OF_DAY: i64 = 3723;

/// `1 day`, `30 minutes`, `01:30:00`, in seconds.
fn interval(text: &str) -> Option<i64> {
    let mut seconds = 0i64;
    let mut words = text.split_whitespace();
    while let Some(word) = words.next() {
        if word.contains(':') {
            let mut parts = word.split(':').map(|part| part.parse::<i64>().ok());
            let (hours, minutes) = (parts.next()??, parts.next()??);
            seconds += hours * 3600 + minutes * 60 + parts.next().flatten().unwrap_or(0);
            continue;
        }
        let number: i64 = word
            .parse()
            .ok()
            .filter(|number| (0..=MOST_DAYS).contains(number))?;
        let unit = words.next()?.to_ascii_lowercase();
        seconds += number
            * match unit.trim_end_matches('s') {
                "second" | "sec" => 1,
                "minute" | "min" => 60,
                "hour" => 3600,
                "day" => DAY,
                "week" => 7 * DAY,
                "mon" | "month" => 31 * DAY,
                "year" => 366 * DAY,
                _ => return None,
            };
    }
    Some(seconds)
}

/// The day of the calendar (Howard Hinnant, "chrono-compatible low-level date algorithms").
fn civil(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let era = days.div_euclid(146_097);
    let of_era = days.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let shifted = (5 * of_year + 2) / 153;
    let day = of_year - (153 * shifted + 2) / 5 + 1;
    let month = if shifted < 10 {
        shifted + 3
    } else {
        shifted - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_lead_to_dates() {
        assert_eq!(date(0), "2001-02-03");
        assert_eq!(date(26 * DAY), "2001-03-01");
        assert_eq!(date(1091 * DAY), "2004-01-30");
        assert_eq!(date(1121 * DAY), "2004-02-29");
        assert_eq!(timestamp(0), "2001-02-03 01:02:03");
        assert_eq!(timestamp(23 * 3600), "2001-02-04 00:02:03");
        for (text, seconds) in [
            ("1 day", Some(DAY)),
            ("01:30:00", Some(5400)),
            ("1 mon 2 days", Some(33 * DAY)),
            ("30 minutes", Some(1800)),
            ("3 apples", None),
            ("a", None),
            ("99999999999999999999 days", None),
        ] {
            assert_eq!(interval(text), seconds, "{text}");
        }
    }
}

//! An object before and after an operation: what others ask of an operation without knowing its kind.

/// An object as an operation finds it and as it leaves it, where the operation holds it whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sides<'a, T> {
    /// As it was.
    pub from: Option<&'a T>,
    /// As it becomes.
    pub to: Option<&'a T>,
}

/// What an operation does with its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// It is there from then on.
    Create,
    /// It is gone from then on.
    Drop,
    /// It stays.
    Change,
}

impl<'a, T> Sides<'a, T> {
    pub(super) fn created(to: &'a T) -> Self {
        Self {
            from: None,
            to: Some(to),
        }
    }

    pub(super) fn dropped(from: &'a T) -> Self {
        Self {
            from: Some(from),
            to: None,
        }
    }

    pub(super) fn changed(from: &'a T, to: &'a T) -> Self {
        Self {
            from: Some(from),
            to: Some(to),
        }
    }

    /// Of an operation that stays with a part of the object, such as its name.
    pub(super) fn of_part() -> Self {
        Self {
            from: None,
            to: None,
        }
    }

    /// The object that is created or dropped.
    pub fn lone(self) -> Option<&'a T> {
        self.from.xor(self.to)
    }

    /// The object that is gone from then on.
    pub fn gone(self) -> Option<&'a T> {
        self.from.filter(|_| self.to.is_none())
    }

    /// The object before and after a change of it.
    pub fn both(self) -> Option<(&'a T, &'a T)> {
        self.from.zip(self.to)
    }

    /// What `of` lists of each side; nothing of a side that is not held.
    pub fn lists<U>(self, of: impl Fn(&'a T) -> Vec<U>) -> (Vec<U>, Vec<U>) {
        let list = |side: Option<&'a T>| side.map(&of).unwrap_or_default();
        (list(self.from), list(self.to))
    }

    /// What is done with the object.
    pub fn act(self) -> Act {
        match (self.from, self.to) {
            (None, Some(_)) => Act::Create,
            (Some(_), None) => Act::Drop,
            (None, None) | (Some(_), Some(_)) => Act::Change,
        }
    }
}

//! Which part of all inboxes a delivery process owns.

/// Which of the delivery processes this is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// From 0.
    pub index: usize,
    /// How many there are.
    pub count: usize,
}

impl Shard {
    /// The only one.
    pub const SOLE: Self = Self { index: 0, count: 1 };
}

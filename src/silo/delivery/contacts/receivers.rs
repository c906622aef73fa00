//! Whom a dump is for.

/// Which contacts of the user a dump is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Receivers {
    /// Whoever is registered; where messages go to the address of record, its own routing decides.
    #[default]
    All,
    /// The contacts of the REGISTER that asked, by their URIs.
    These(Vec<Vec<u8>>),
}

impl Receivers {
    /// Whether the contact with this URI is meant.
    pub fn include(&self, uri: &[u8]) -> bool {
        match self {
            Self::All => true,
            Self::These(uris) => uris.iter().any(|other| other == uri),
        }
    }

    /// Both together.
    pub fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::These(mut uris), Self::These(more)) => {
                for uri in more {
                    if !uris.contains(&uri) {
                        uris.push(uri);
                    }
                }
                Self::These(uris)
            }
            _ => Self::All,
        }
    }
}

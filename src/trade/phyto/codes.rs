//! The codes of a phytosanitary certificate that decide something.

use serde::{Deserialize, Serialize};

macro_rules! codes {
    ($(#[$meta:meta])* $name:ident { $($(#[$of:meta])* $variant:ident = $code:literal $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$of])* $variant),+ }

        impl $name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its code in the message.
            pub fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }

            /// Its name, as answers write it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            /// One by its code.
            pub fn of_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|known| known.code() == code)
            }
        }
    };
}

codes!(
    /// What a certificate is for (UN/CEFACT 1001; `657` is general knowledge).
    PhytoKind {
        /// For goods that were grown in the country, or are exported as its own.
        Export = "851" "export",
        /// For goods that are exported again.
        Reexport = "657" "reexport",
    }
);

codes!(
    /// What a certificate is now (UN/CEFACT 1373; all but `70` are general knowledge).
    PhytoStatus {
        /// Approved.
        Approved = "39" "approved",
        /// Taken back.
        Withdrawn = "40" "withdrawn",
        /// Refused by the importing side.
        Rejected = "41" "rejected",
        /// Issued.
        Issued = "70" "issued",
    }
);

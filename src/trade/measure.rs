//! The words of an answer: stage, status, certainty, decision, channel.

use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[$vmeta:meta])* $variant:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub enum $name { $($(#[$vmeta])* $variant),+ }

        impl $name {
            /// Every value, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word that the answers write.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }
        }
    };
}

words!(
    /// When a requirement has to be met.
    Stage {
        /// A licence before the goods come (giấy phép nhập khẩu).
        PermitBeforeImport = "permit_before_import",
        /// A licence before the goods leave (giấy phép xuất khẩu).
        PermitBeforeExport = "permit_before_export",
        /// Inspection before clearance (kiểm tra trước thông quan).
        BeforeClearance = "before_clearance",
        /// Inspection or declaration after clearance (kiểm tra sau thông quan).
        AfterClearance = "after_clearance",
        /// The goods may not cross (cấm nhập khẩu, cấm xuất khẩu).
        Prohibited = "prohibited",
        /// Told, holds nothing: a positive list, a trade-remedy duty.
        Notice = "notice",
    }
);

words!(
    /// How far a requirement has come.
    Status {
        /// Nothing satisfies it yet.
        Required = "required",
        /// Asked for, not answered: a registration without its result.
        Pending = "pending",
        /// Satisfied by evidence.
        Met = "met",
        /// The inspection or permit was refused.
        Failed = "failed",
        /// The law exempts these goods here.
        Exempt = "exempt",
        /// Waived by the importer's record.
        Waived = "waived",
    }
);

words!(
    /// How strictly a consignment is looked at (phương thức kiểm tra).
    InspectionMethod {
        /// Nothing is looked at.
        Waived = "waived",
        /// Less than usual (kiểm tra giảm).
        Reduced = "reduced",
        /// As usual (kiểm tra thông thường).
        Ordinary = "ordinary",
        /// More than usual (kiểm tra chặt).
        Strict = "strict",
    }
);

words!(
    /// How sure it is that the requirement applies.
    Certainty {
        /// It applies.
        Certain = "certain",
        /// It hangs on a fact that the declaration does not state.
        Conditional = "conditional",
        /// The code is not the pack's country's own: it applies to part of the heading.
        Possible = "possible",
    }
);

words!(
    /// What may be done with a line or a declaration, from mildest to most severe.
    Decision {
        /// Thông quan.
        Clear = "clear",
        /// Giải phóng hàng: duty or value still open.
        Release = "release",
        /// Đưa hàng về bảo quản: offered while a result is pending.
        Storage = "storage",
        /// Held until something is met.
        Hold = "hold",
        /// May not cross.
        Refuse = "refuse",
    }
);

words!(
    /// How closely customs looks at a declaration, from not at all to the goods themselves.
    Channel {
        /// Luồng xanh: nothing is looked at.
        Green = "green",
        /// Luồng vàng: the papers are.
        Yellow = "yellow",
        /// Luồng đỏ: the papers and the goods are.
        Red = "red",
    }
);

//! Words of made-up traders and goods, and the places goods come from.

/// A foreign country of trade.
#[derive(Debug)]
pub(super) struct Place {
    /// ISO 3166-1.
    pub(super) country: &'static str,
    /// Its port, UN/LOCODE.
    pub(super) port: &'static str,
    /// Its share of trade.
    pub(super) weight: u64,
    /// The currency that its traders use beside the dollar, as a position in [`CURRENCIES`].
    pub(super) currency: usize,
}

const fn place(country: &'static str, port: &'static str, weight: u64, currency: usize) -> Place {
    Place { country, port, weight, currency }
}

/// Where goods come from and go to.
pub(super) const PLACES: &[Place] = &[
    place("CN", "CNSHA", 330, 3),
    place("KR", "KRPUS", 150, 0),
    place("JP", "JPTYO", 80, 2),
    place("TH", "THBKK", 60, 0),
    place("TW", "TWKHH", 60, 0),
    place("US", "USLAX", 60, 0),
    place("MY", "MYPKG", 40, 0),
    place("ID", "IDJKT", 40, 0),
    place("IN", "INNSA", 30, 0),
    place("SG", "SGSIN", 25, 0),
    place("DE", "DEHAM", 25, 1),
    place("AU", "AUSYD", 25, 0),
    place("FR", "FRLEH", 15, 1),
    place("IT", "ITGOA", 15, 1),
    place("BR", "BRSSZ", 15, 0),
    place("NL", "NLRTM", 10, 1),
    place("NZ", "NZAKL", 8, 0),
    place("KH", "KHPNH", 6, 0),
    place("LA", "LAVTE", 3, 0),
    place("PH", "PHMNL", 3, 0),
];

/// Currencies with a rate to the dong, rounded.
pub(super) const CURRENCIES: &[(&str, u64)] = &[("USD", 25_400), ("EUR", 27_600), ("JPY", 170), ("CNY", 3_550)];

pub(super) const COMPANY_KINDS: &[&str] =
    &["Công ty TNHH", "Công ty TNHH", "Công ty Cổ phần", "Công ty TNHH Một thành viên", "Doanh nghiệp tư nhân"];

pub(super) const TRADES: &[&str] = &[
    "Thương mại",
    "Thương mại và Dịch vụ",
    "Xuất nhập khẩu",
    "Sản xuất",
    "Đầu tư",
    "Công nghiệp",
    "Thiết bị",
    "Thực phẩm",
    "Kỹ thuật",
    "Hóa chất",
    "Dược phẩm",
    "Dệt may",
];

pub(super) const NAMES: &[&str] = &[
    "Hoàng Gia",
    "An Phát",
    "Minh Long",
    "Sông Hồng",
    "Thành Đạt",
    "Đại Việt",
    "Phú Thịnh",
    "Tân Tiến",
    "Bình Minh",
    "Hải Âu",
    "Nam Phương",
    "Trường Sơn",
    "Việt Thái",
    "Đông Á",
    "Kim Ngân",
    "Hưng Thịnh",
    "Ngọc Lan",
    "Thiên Ân",
    "Quang Minh",
    "Phương Đông",
    "Cửu Long",
    "Lạc Hồng",
    "Bảo Tín",
    "Gia Khánh",
    "Thanh Bình",
    "Tín Nghĩa",
    "Vạn Xuân",
    "Khải Hoàn",
    "Đức Thành",
    "Hòa Bình",
];

pub(super) const TOWNS: &[&str] = &[
    "Hà Nội",
    "Thành phố Hồ Chí Minh",
    "Hải Phòng",
    "Đà Nẵng",
    "Cần Thơ",
    "Bắc Ninh",
    "Đồng Nai",
    "Bình Dương",
    "Long An",
    "Hưng Yên",
    "Thái Nguyên",
    "Quảng Ninh",
];

pub(super) const PARTNER_NAMES: &[&str] = &[
    "Golden Star",
    "Pacific",
    "Evergreen",
    "Sunrise",
    "Union",
    "Global Link",
    "Hansung",
    "Mitani",
    "Delta",
    "Orient",
    "Northern",
    "Blue Ocean",
    "First Asia",
    "Kingway",
    "Summit",
    "Atlas",
    "Everlast",
    "Lotus",
    "Crown",
    "Meridian",
];

pub(super) const PARTNER_KINDS: &[&str] =
    &["Trading Co., Ltd", "Industrial Co., Ltd", "International Ltd", "Corporation", "Foods Ltd", "GmbH", "Pte Ltd"];

pub(super) const BRANDS: &[&str] = &[
    "Vinamit", "Sunhouse", "Hansol", "Kento", "Olympia", "Bravo", "Nakashi", "Lumax", "Arita", "Delica", "Marvel",
    "Tokai",
];

/// What food is for, in the set phrases of the trade.
pub(super) const FOOD_USES: &[&str] = &[
    ", dùng làm thực phẩm",
    ", dùng làm thực phẩm",
    ", dùng làm thực phẩm",
    ", dùng làm nguyên liệu sản xuất thực phẩm",
    ", dùng làm thức ăn chăn nuôi",
    "",
];

/// How food is packed.
pub(super) const FOOD_PACKS: &[&str] =
    &[", 20 kg/thùng", ", 25 kg/bao", ", 1 kg/túi, 10 túi/thùng", ", đóng gói 500 g", ", hàng rời"];

/// What other goods are for.
pub(super) const OTHER_USES: &[&str] =
    &["", "", "", ", dùng trong công nghiệp", ", dùng cho sản xuất", ", dùng trong xây dựng", ", dùng làm mẫu"];

/// New or used; most goods are new, and their declarations say so.
pub(super) const NEW: &str = ", hàng mới 100%";
pub(super) const USED: &str = ", hàng đã qua sử dụng";

/// Units as a tariff prints them, with their codes.
pub(super) const UNITS: &[(&str, &str)] = &[
    ("kg", "KGM"),
    ("chiếc", "PCE"),
    ("cái", "PCE"),
    ("con", "PCE"),
    ("quả", "PCE"),
    ("cuốn", "PCE"),
    ("bộ", "SET"),
    ("đôi", "PR"),
    ("lít", "LTR"),
    ("m", "MTR"),
    ("m2", "MTK"),
    ("m3", "MTQ"),
    ("carat", "CTM"),
    ("cuộn", "ROL"),
    ("kWh", "KWH"),
];

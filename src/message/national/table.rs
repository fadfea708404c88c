//! The fields of the national declaration (`fields.csv`): VNACCS messages IDA and EDA.

use std::sync::OnceLock;

use super::Kind;

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Letters, digits and signs of ASCII.
    /// The HS code.
    Code,
    /// Any text.
    Words,
    /// Digits.
    Digits,
    /// A number.
    /// The declaration's number.
    Number,
    /// A day.
    Day,
}

/// One field.
#[derive(Debug)]
pub(super) struct Field {
    /// Its VNACCS id.
    pub(super) id: &'static str,
    /// It has to be there.
    pub(super) mandatory: bool,
    /// What it holds.
    pub(super) content: Content,
    /// Characters at most.
    pub(super) length: usize,
    /// What becomes of it.
    pub(super) role: Role,
    /// What it is, in English.
    pub(super) name: String,
}

/// What becomes of a field.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Nothing: it is judged and read over.
    Judged,
    /// The regime.
    Regime,
    /// The customs office.
    Office,
    /// The cargo classification.
    CargoClass,
    /// The mode of transport.
    TransportMode,
    /// Person or organisation.
    TraderClass,
    /// The importer's tax code.
    ImporterId,
    /// The importer's name.
    ImporterName,
    /// A part of the consignee's address.
    ImporterAddress,
    /// The importer's country.
    ImporterCountry,
    /// The exporter's code.
    ExporterId,
    /// The exporter's name.
    ExporterName,
    /// The exporter's country.
    ExporterCountry,
    /// Who files.
    Declarant,
    /// The place of loading abroad.
    ExportLocation,
    /// The place of destination abroad.
    DestinationLocation,
    /// The day of departure.
    Departure,
    Number,
    /// The gross mass.
    GrossMass,
    /// Its unit.
    GrossMassUnit,
    /// The invoice's currency.
    InvoiceCurrency,
    /// The invoice's total.
    InvoiceTotal,
    /// Why release before the permit is asked for.
    ReleaseReason,
    /// Notes.
    Notes,
    /// The result of an inspection before the declaration.
    Inspected,
    /// Another law that applies.
    OtherLaw,
    /// The kind of the permit of a number.
    PermitKind(u8),
    /// The number of the permit of a number.
    PermitNumber(u8),
    Code,
    /// The goods in words.
    Description,
    /// The country of origin.
    Origin,
    /// The first quantity.
    FirstQuantity,
    /// Its unit.
    FirstUnit,
    /// The second quantity.
    SecondQuantity,
    /// Its unit.
    SecondUnit,
    /// The line's invoice value.
    InvoiceValue,
    /// The currency of the unit price.
    UnitPriceCurrency,
    /// The line's customs value.
    CustomsValue,
    /// Its currency.
    CustomsCurrency,
    /// The tariff quota classification.
    QuotaClass,
}

impl Role {
    /// The role of a field of the declaration.
    fn of_header(id: &str, kind: Kind) -> Self {
        match (id, kind) {
            ("ICB", Kind::Import) | ("ECB", Kind::Export) => Self::Regime,
            ("CH", _) => Self::Office,
            ("CCC", _) => Self::CargoClass,
            ("MTC", _) => Self::TransportMode,
            ("SKB", _) => Self::TraderClass,
            ("IMC", _) | ("CGC", Kind::Export) => Self::ImporterId,
            ("IMN", _) | ("CGN", Kind::Export) => Self::ImporterName,
            ("CGA" | "CAT" | "CAC" | "CAS", Kind::Export) => Self::ImporterAddress,
            ("CGK", Kind::Export) => Self::ImporterCountry,
            ("SYM", Kind::Export) => Self::Departure,
            ("EPC", _) => Self::ExporterId,
            ("EPN", _) => Self::ExporterName,
            ("EPO", Kind::Import) => Self::ExporterCountry,
            ("ICC" | "ECC", _) => Self::Declarant,
            ("PSC", Kind::Import) => Self::ExportLocation,
            ("DSC", Kind::Export) => Self::DestinationLocation,
            ("ICN", Kind::Import) | ("ECN", Kind::Export) => Self::Number,
            ("GW", _) => Self::GrossMass,
            ("GWT", _) => Self::GrossMassUnit,
            ("IP3", _) => Self::InvoiceCurrency,
            ("IP4", _) => Self::InvoiceTotal,
            ("BP", _) => Self::ReleaseReason,
            ("NT2", _) => Self::Notes,
            ("N4", _) => Self::Inspected,
            _ => Self::numbered(id),
        }
    }

    /// The role of a field of a line.
    fn of_line(id: &str) -> Self {
        match id {
            "CMD" => Self::Code,
            "CMN" => Self::Description,
            "OR" => Self::Origin,
            "QN1" => Self::FirstQuantity,
            "QT1" => Self::FirstUnit,
            "QN2" => Self::SecondQuantity,
            "QT2" => Self::SecondUnit,
            "BPR" => Self::InvoiceValue,
            "UPC" => Self::UnitPriceCurrency,
            "DPR" => Self::CustomsValue,
            "BPC" => Self::CustomsCurrency,
            "KWS" => Self::QuotaClass,
            _ => Self::numbered(id),
        }
    }

    /// `OL1` … `OL5`, `SS1` … `SS5`, `SN1` … `SN5`.
    fn numbered(id: &str) -> Self {
        let slot =
            id.get(2..).and_then(|at| at.parse::<u8>().ok()).and_then(|at| at.checked_sub(1)).filter(|at| *at < 5);
        match (id.get(..2), slot) {
            (Some("OL"), Some(_)) => Self::OtherLaw,
            (Some("SS"), Some(slot)) => Self::PermitKind(slot),
            (Some("SN"), Some(slot)) => Self::PermitNumber(slot),
            _ => Self::Judged,
        }
    }

    /// The value is read by a reader of its own, which says what is wrong with it.
    pub(super) fn has_reader(self) -> bool {
        matches!(
            self,
            Self::Regime
                | Self::Departure
                | Self::ImporterCountry
                | Self::ExporterCountry
                | Self::GrossMass
                | Self::GrossMassUnit
                | Self::InvoiceCurrency
                | Self::InvoiceTotal
                | Self::Code
                | Self::Origin
                | Self::FirstQuantity
                | Self::FirstUnit
                | Self::SecondQuantity
                | Self::SecondUnit
                | Self::InvoiceValue
                | Self::UnitPriceCurrency
                | Self::CustomsValue
                | Self::CustomsCurrency
        )
    }
}

/// The fields of one level, sorted by id.
#[derive(Debug, Default)]
pub(super) struct Level {
    fields: Vec<Field>,
    /// The mandatory ones.
    mandatory: Marks,
    /// Ids as numbers with their positions, placed by their hash.
    places: Vec<Option<(u32, u16)>>,
}

/// Places for ids: a power of two, well over the number of fields of a level.
const PLACES: usize = 1 << 10;

/// Where the search for an id begins.
fn place(key: u32) -> usize {
    (key.wrapping_mul(0x9E37_79B1) >> 22) as usize
}

/// An id of up to four letters as a number; no id has more.
fn key(id: &str) -> Option<u32> {
    (id.len() <= 4).then(|| id.bytes().fold(0, |key, byte| key << 8 | u32::from(byte)))
}

impl Level {
    /// The field of an id, with its position.
    pub(super) fn field(&self, id: &str) -> Option<(usize, &Field)> {
        let key = key(id)?;
        let mut at = place(key);
        loop {
            let (known, position) = self.places[at]?;
            if known == key {
                let position = usize::from(position);
                return Some((position, &self.fields[position]));
            }
            at = (at + 1) % PLACES;
        }
    }

    /// The mandatory fields that are not marked.
    pub(super) fn missing(&self, marks: &Marks) -> impl Iterator<Item = &Field> {
        let whole = self.mandatory.without(marks).is_empty();
        let fields = if whole { &[][..] } else { &self.fields[..] };
        let marks = *marks;
        fields.iter().enumerate().filter(move |(at, field)| field.mandatory && !marks.has(*at)).map(|(_, field)| field)
    }

    fn finish(&mut self) {
        self.fields.sort_by_key(|field| field.id);
        self.places = vec![None; PLACES];
        for (position, field) in self.fields.iter().enumerate() {
            if field.mandatory {
                self.mandatory.mark(position);
            }
            let Some(key) = key(field.id) else { continue };
            let mut at = place(key);
            while self.places[at].is_some() {
                at = (at + 1) % PLACES;
            }
            self.places[at] = u16::try_from(position).ok().map(|position| (key, position));
        }
    }
}

/// The fields of a declaration: once in it, and in each line.
#[derive(Debug, Default)]
pub(super) struct Table {
    /// Fields of the declaration.
    pub(super) header: Level,
    /// Fields of a line.
    pub(super) line: Level,
}

impl Table {
    /// The table of a kind of declaration.
    pub(super) fn of(kind: Kind) -> &'static Self {
        static TABLES: OnceLock<[Table; 2]> = OnceLock::new();
        let tables = TABLES.get_or_init(|| [Self::parse("IDA", Kind::Import), Self::parse("EDA", Kind::Export)]);
        match kind {
            Kind::Import => &tables[0],
            Kind::Export => &tables[1],
        }
    }

    fn parse(message: &str, kind: Kind) -> Self {
        let mut table = Self::default();
        for row in include_str!("fields.csv").lines().skip(1) {
            let mut cells = row.splitn(7, ',');
            let mut cell = || cells.next().unwrap_or_default();
            if cell() != message {
                continue;
            }
            let (id, level, mandatory, content, length) = (cell(), cell(), cell(), cell(), cell());
            let field = Field {
                id,
                mandatory: mandatory == "1",
                content: match content {
                    "W" => Content::Words,
                    "I" => Content::Digits,
                    "F" => Content::Number,
                    "D" => Content::Day,
                    _ => Content::Code,
                },
                length: length.parse().unwrap_or(usize::MAX),
                role: if level == "line" { Role::of_line(id) } else { Role::of_header(id, kind) },
                name: cell().trim_matches('"').to_owned(),
            };
            let level = if level == "line" { &mut table.line } else { &mut table.header };
            level.fields.push(field);
        }
        for level in [&mut table.header, &mut table.line] {
            level.finish();
        }
        table
    }
}

/// Which fields of a level have been seen.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Marks([u64; 5]);

impl Marks {
    /// Marks a field; whether it was marked before.
    pub(super) fn mark(&mut self, at: usize) -> bool {
        let (word, bit) = (at / 64 % 5, 1 << (at % 64));
        let before = self.0[word] & bit != 0;
        self.0[word] |= bit;
        before
    }

    /// Those that are not marked in `other`.
    fn without(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word &= !other;
        }
        self
    }

    fn is_empty(self) -> bool {
        self.0 == [0; 5]
    }

    /// Whether a field is marked.
    pub(super) fn has(&self, at: usize) -> bool {
        self.0[at / 64 % 5] & (1 << (at % 64)) != 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tables_are_whole_and_fit_their_marks() {
        let (import, export) = (Table::of(Kind::Import), Table::of(Kind::Export));
        let total: usize = [import, export].iter().map(|t| t.header.fields.len() + t.line.fields.len()).sum();
        assert_eq!(total, include_str!("fields.csv").lines().count() - 1);
        for level in [&import.header, &import.line, &export.header, &export.line] {
            assert!(level.fields.len() <= 320);
            assert!(
                level.fields.iter().enumerate().all(|(at, f)| level.field(f.id).is_some_and(|(found, _)| found == at))
            );
            assert!(level.field("ZZZ").is_none() && level.field("TOOLONG").is_none());
            assert!(level.fields.windows(2).all(|pair| pair[0].id < pair[1].id));
        }
        assert!(import.line.field("CMD").unwrap().1.mandatory);
        assert_eq!(import.header.field("ARR").unwrap().1.content, Content::Day);
    }
}

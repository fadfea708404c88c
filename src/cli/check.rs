//! `motcua check`: what one line would need.

use std::io::{self, Write};

use clap::Args;
use jiff::civil::Date;
use rust_decimal::Decimal;

use super::sheet::{self, SheetRender};
use super::table::TableRender;
use super::{CliError, EXIT_OK, ExplainArgs, Format, Law, LawArgs, colour, today, zone};
use crate::clearance::batch::Render;
use crate::clearance::explain::Detail;
use crate::clearance::{AnswerWriter, Examiner, LawDay, Room};
use crate::law::FactKind;
use crate::message::Reading;
use crate::report::graph::{Drawing, GraphRender};
use crate::screening::{NoTrace, Screener, TraceEntry};
use crate::trade::{CountryCode, CurrencyCode, Direction, HsCode, LineQuery, RegimeCode};

/// Say what one line would need: by its code, regime, origin, day and value
///
/// A code of eight digits is looked up in the tariff of the day; six digits give everything that
/// may apply within the subheading.
#[derive(Debug, Args)]
pub(super) struct CheckArgs {
    /// The HS code: 6 or 8 digits, dots allowed
    #[arg(long, value_name = "CODE", value_parser = |text: &str| HsCode::parse(text))]
    hs: HsCode,
    /// The code of chapters 1 to 97 beside a preferential line of chapter 98
    #[arg(long, value_name = "CODE", value_parser = |text: &str| HsCode::parse(text))]
    general: Option<HsCode>,
    /// Which way the goods go
    #[arg(long, value_enum, default_value = "import")]
    direction: DirectionArg,
    /// The regime (mã loại hình), such as A11
    #[arg(long, value_name = "REGIME", value_parser = |text: &str| RegimeCode::parse(text))]
    regime: Option<RegimeCode>,
    /// Country of origin, two letters
    #[arg(long, value_name = "COUNTRY", value_parser = |text: &str| CountryCode::parse(text))]
    origin: Option<CountryCode>,
    /// The day whose law is asked about (default: today)
    #[arg(long, value_name = "DATE")]
    date: Option<Date>,
    /// Customs value of the line
    #[arg(long, value_name = "V")]
    value: Option<Decimal>,
    /// Currency of the value (default: that of the pack)
    #[arg(long, value_name = "CURRENCY", value_parser = |text: &str| CurrencyCode::parse(text))]
    currency: Option<CurrencyCode>,
    /// The goods in words: set phrases such as "hàng mới 100%" settle facts
    #[arg(long, value_name = "TEXT", default_value = "")]
    description: String,
    /// A fact stated outright, such as `use=food` or `used=false`; may be repeated
    #[arg(long = "fact", value_name = "FACT=VALUE")]
    facts: Vec<String>,
    /// How the answer is written
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
    #[command(flatten)]
    law: LawArgs,
    #[command(flatten)]
    explain: ExplainArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum DirectionArg {
    /// Into the country.
    Import,
    /// Out of the country.
    Export,
}

impl DirectionArg {
    fn direction(self) -> Direction {
        match self {
            Self::Import => Direction::Import,
            Self::Export => Direction::Export,
        }
    }
}

pub(super) fn run(args: &CheckArgs) -> Result<u8, CliError> {
    if args.value.is_some_and(|value| value.is_sign_negative() && !value.is_zero()) {
        return Err(CliError::Usage("--value: a value is zero or more".to_owned()));
    }
    let law = Law::load(&args.law)?;
    let pack = law.pack();
    let query = LineQuery {
        general_hs: args.general,
        regime: args.regime,
        origin: args.origin,
        description: args.description.clone(),
        value: args.value,
        currency: args.currency,
        facts: args.facts.iter().map(|fact| stated(pack, fact)).collect::<Result<_, _>>()?,
        ..LineQuery::new(args.direction.direction(), args.hs)
    };
    let declaration = query.declaration(pack.country, pack.currency);
    let reading = Reading { declaration, findings: Vec::new(), bytes: &[] };

    let law_day = LawDay { received: today(&zone(pack)), as_of: args.date, law_date: None };
    let screener = Screener::new(pack);
    let examiner = Examiner::new(&screener, law_day);
    let lang = args.law.lang();
    let render: Box<dyn Render + '_> = match args.format {
        Format::Table => Box::new(TableRender::new(pack, lang, colour(), args.explain.detail())),
        Format::Json | Format::Ndjson => {
            Box::new(AnswerWriter::new(pack, lang).explained(args.explain.detail() > Detail::None))
        }
        Format::Csv => Box::new(SheetRender::new(pack)),
        Format::Dot => Box::new(GraphRender::new(pack, lang, Drawing::Dot)),
        Format::Svg => Box::new(GraphRender::new(pack, lang, Drawing::Svg)),
    };
    let mut room = Room::default();
    let mut out = Vec::new();
    match args.format {
        Format::Json => out.extend_from_slice(b"[\n"),
        Format::Csv => out.extend_from_slice(sheet::HEADER.as_bytes()),
        _ => {}
    }
    if render.wants_trace() {
        let mut trace: Vec<TraceEntry> = Vec::new();
        let examination = examiner.examine(&reading, &mut room, &mut trace);
        render.decided(&mut out, "check", &[], &examination, Some(&trace));
    } else {
        let examination = examiner.examine(&reading, &mut room, &mut NoTrace);
        render.decided(&mut out, "check", &[], &examination, None);
    }
    match args.format {
        Format::Json => out.extend_from_slice(b"\n]\n"),
        Format::Ndjson => out.push(b'\n'),
        _ => {}
    }
    io::stdout().lock().write_all(&out)?;
    Ok(EXIT_OK)
}

/// `fact=value`, checked against the pack.
fn stated(pack: &crate::law::Pack, text: &str) -> Result<(String, String), CliError> {
    let (name, value) = text.split_once('=').unwrap_or((text, "true"));
    let is_text = pack.facts.iter().any(|fact| fact.key == name && fact.kind == FactKind::Text);
    // A fact in words has to have some.
    let checked = if is_text && !text.contains('=') { "" } else { value };
    pack.may_be_stated(name, checked).map_err(|error| CliError::Usage(format!("--fact {text}: {error}")))?;
    Ok((name.to_owned(), value.to_owned()))
}

//! `motcua rules life-cycle`: see how dossiers of a procedure live, and try messages on one.

mod dot;
mod json;
mod table;

use std::io::{self, Write};

use clap::{Args, ValueEnum};

use super::super::{EXIT_OK, EXIT_REJECTED, EXIT_USAGE, LawArgs};
use super::pack;
use crate::approval::dossier::{self, ClockStatus, DossierMessage, DossierState, Refusal, Step};
use crate::clearance::explain::Lang;
use crate::law::life_cycle::{CLOCKS_MAX, LifeCycle, MessageCode, Sender};
use crate::law::{Pack, Procedure, ProcedureKind, did_you_mean};

/// More messages than this are not played.
const MESSAGES_MAX: usize = 1_000;

/// What `rules life-cycle` is asked.
#[derive(Debug, Args)]
pub(super) struct LifeCycleArgs {
    /// The procedure's code (quote a code with `&`), or `*` for all others; without one, the procedures with a life
    /// cycle are listed
    #[arg(value_name = "CODE")]
    code: Option<String>,
    /// Play these messages from the beginning, as type/function, with `:case` where the content
    /// decides (such as 10/01,11/61)
    #[arg(long, value_name = "MESSAGES", value_delimiter = ',', value_parser = asked, requires = "code")]
    after: Option<Vec<Asked>>,
    #[command(flatten)]
    law: LawArgs,
    /// How to write it
    #[arg(long, value_enum, default_value_t = LifeCycleFormat::Table)]
    format: LifeCycleFormat,
}

/// How a life cycle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum LifeCycleFormat {
    /// For reading.
    Table,
    /// For programs.
    Json,
    /// States and messages as a graph for Graphviz.
    Dot,
}

/// A message of `--after`.
#[derive(Debug, Clone)]
struct Asked {
    code: MessageCode,
    case: Option<String>,
}

fn asked(text: &str) -> Result<Asked, String> {
    let (code, case) = match text.trim().split_once(':') {
        Some((code, case)) => (code, Some(case.to_owned())),
        None => (text.trim(), None),
    };
    Ok(Asked { code: MessageCode::parse(code).map_err(|error| error.to_string())?, case })
}

/// What stands for the life cycle of all procedures without one of their own.
const GENERAL: &str = "*";

/// A life cycle with its procedure.
#[derive(Clone, Copy)]
struct Named<'p> {
    /// `None`: it is that of all procedures without one of their own.
    procedure: Option<&'p Procedure>,
    cycle: &'p LifeCycle,
}

impl<'p> Named<'p> {
    fn code(self) -> &'p str {
        self.procedure.map_or(GENERAL, |procedure| procedure.code.as_str())
    }

    fn title(self, lang: Lang) -> &'p str {
        let general =
            || lang.pick("mọi thủ tục không có vòng đời riêng", "every procedure without a life cycle of its own");
        self.procedure.map_or_else(general, |procedure| lang.pick(&procedure.title_vi, &procedure.title_en))
    }

    /// Of which kind of procedure it is; the general one shows what a certificate's would give.
    fn kind(self) -> ProcedureKind {
        self.procedure.map_or(ProcedureKind::Certificate, |procedure| procedure.kind)
    }
}

/// A dossier after some messages.
struct Played<'c> {
    /// What each message did, with the state before it.
    steps: Vec<(MessageCode, DossierState, Step<'c>)>,
    /// Where it stands.
    state: DossierState,
    /// How each clock stands.
    clocks: [ClockStatus; CLOCKS_MAX],
    /// The message that went no further.
    refused: Option<Refusal<'c>>,
}

/// Lists life cycles, shows one, or plays messages on it.
///
/// # Errors
/// Only where `out` or `err` cannot be written to.
pub(super) fn life_cycle(args: &LifeCycleArgs, out: &mut dyn Write, err: &mut dyn Write) -> io::Result<u8> {
    let pack = match pack(args.law.rules.as_deref(), err)? {
        Ok(pack) => pack,
        Err(code) => return Ok(code),
    };
    let lang = args.law.lang();
    let known: Vec<Named<'_>> = pack.life_cycles.iter().filter_map(|cycle| named(&pack, cycle)).collect();
    let Some(code) = &args.code else {
        match args.format {
            LifeCycleFormat::Table => table::list(&known, lang, out)?,
            LifeCycleFormat::Json => json::list(&known, out)?,
            LifeCycleFormat::Dot => {
                writeln!(err, "error: `--format dot` draws one life cycle\n\nhint: name the procedure")?;
                return Ok(EXIT_USAGE);
            }
        }
        return Ok(EXIT_OK);
    };
    let Some(named) = find(&known, code) else {
        writeln!(err, "error: no life cycle of a procedure `{code}`")?;
        let hint = did_you_mean(code, known.iter().map(|named| named.code()));
        writeln!(err, "\nhint: {}", hint.as_deref().unwrap_or("`motcua rules life-cycle` lists them"))?;
        return Ok(EXIT_USAGE);
    };
    let Some(messages) = &args.after else {
        match args.format {
            LifeCycleFormat::Table => table::show(named, lang, out)?,
            LifeCycleFormat::Json => json::show(named, out)?,
            LifeCycleFormat::Dot => dot::draw(named, None, lang, out)?,
        }
        return Ok(EXIT_OK);
    };
    if messages.len() > MESSAGES_MAX {
        writeln!(err, "error: `--after` takes at most {MESSAGES_MAX} messages, found {}", messages.len())?;
        return Ok(EXIT_USAGE);
    }
    let played = play(named.cycle, messages);
    match args.format {
        LifeCycleFormat::Table => table::played(named, &played, lang, out)?,
        LifeCycleFormat::Json => json::played(named, &played, out)?,
        LifeCycleFormat::Dot => dot::draw(named, Some(&played.state), lang, out)?,
    }
    if let Some(refusal) = &played.refused {
        table::refused(refusal, played.steps.len() + 1, messages, lang, err)?;
        return Ok(EXIT_REJECTED);
    }
    Ok(EXIT_OK)
}

fn named<'p>(pack: &'p Pack, cycle: &'p LifeCycle) -> Option<Named<'p>> {
    let procedure = match cycle.procedure {
        Some(procedure) => Some(pack.procedures.get(procedure.index())?),
        None => None,
    };
    Some(Named { procedure, cycle })
}

/// The life cycle of a code, written as it is or without the `&` that shells take for their own.
fn find<'p>(known: &[Named<'p>], code: &str) -> Option<Named<'p>> {
    let same = |named: &&Named<'_>| named.code().eq_ignore_ascii_case(code);
    let without = |named: &&Named<'_>| named.code().replace('&', "").eq_ignore_ascii_case(code);
    known.iter().find(same).or_else(|| known.iter().find(without)).copied()
}

fn play<'c>(cycle: &'c LifeCycle, messages: &[Asked]) -> Played<'c> {
    let mut played = Played {
        steps: Vec::new(),
        state: dossier::begin(cycle),
        clocks: [ClockStatus::Idle; CLOCKS_MAX],
        refused: None,
    };
    for asked in messages {
        let message =
            DossierMessage { code: asked.code, case: asked.case.as_deref(), sender: sender(cycle, asked.code) };
        match dossier::next(cycle, &played.state, &message) {
            Ok(step) => {
                for (clock, effect) in step.clocks() {
                    if let Some(clock) = played.clocks.get_mut(usize::from(*clock)) {
                        *clock = clock.after(*effect);
                    }
                }
                played.steps.push((asked.code, played.state, step));
                played.state = step.state;
            }
            Err(refusal) => {
                played.refused = Some(refusal);
                break;
            }
        }
    }
    played
}

/// Who sends a message of a life cycle; the trader where it has no such message.
fn sender(cycle: &LifeCycle, code: MessageCode) -> Sender {
    let found = cycle.transitions.iter().find(|transition| transition.message.matches(code));
    found.map_or(Sender::Trader, |transition| transition.sender)
}

#[cfg(test)]
mod tests {
    use clap::Parser;
    use serde_json::Value;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        life_cycle: LifeCycleArgs,
    }

    fn run(arguments: &[&str]) -> (u8, String, String) {
        let line = Line::try_parse_from(std::iter::once(&"life-cycle").chain(arguments)).unwrap();
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = life_cycle(&line.life_cycle, &mut out, &mut err).unwrap();
        (code, String::from_utf8(out).unwrap(), String::from_utf8(err).unwrap())
    }

    fn json(arguments: &[&str]) -> (u8, Value) {
        let (code, out, _) = run(&[arguments, &["--format", "json"]].concat());
        (code, serde_json::from_str(&out).unwrap())
    }

    #[test]
    fn the_list_names_every_procedure_with_a_life_cycle() {
        let (code, out, _) = run(&["--lang", "en"]);
        assert_eq!((code, out.lines().count()), (0, 17));
        let (_, rows) = json(&[]);
        assert_eq!(rows.as_array().map(Vec::len), Some(16));
        assert_eq!(json(&["*"]).1["procedure"], "*");
        assert_eq!(run(&["--format", "dot"]).0, 2);
    }

    #[test]
    fn a_life_cycle_is_shown_with_its_states_and_messages() {
        let (code, out, _) = run(&["BNNPTNT0600010", "--lang", "en"]);
        assert_eq!(code, 0);
        for wanted in [
            "17  registration_confirmed",
            "quarantine (KD)",
            "14/03  trader  withdraw  ",
            "file 1,7",
            "21/18  agency  issue (certificate pass)",
            "agency pause",
            "sourced",
        ] {
            assert!(out.contains(wanted), "{wanted} in {out}");
        }
        let (_, whole) = json(&["BNNPTNT0600009"]);
        let of = |message: &str| {
            let all = whole["transitions"].as_array().unwrap();
            let found = all.iter().find(|transition| transition["message"] == message).unwrap();
            (found["act"].clone(), found["gives"].clone())
        };
        assert_eq!(of("11/07"), ("ask".into(), Value::Null));
        let failed = serde_json::json!({ "kind": "result", "outcome": "fail" });
        assert_eq!(of("19/18"), ("fail".into(), failed));
        let (_, whole) = json(&["bnn&ptnt0600003"]);
        assert_eq!(whole["procedure"], "BNN&PTNT0600003");
        assert_eq!(whole["transitions"][0]["from"]["file"], serde_json::json!(["draft"]));
        assert_eq!(json(&["BNNPTNT0600003"]).1["procedure"], "BNN&PTNT0600003", "without the sign that shells take");
    }

    #[test]
    fn messages_are_played_and_the_state_told() {
        let (code, played) = json(&["BNNPTNT0600012", "--after", "10/01,10/99,11/29,12/07,25/24,26/26"]);
        assert_eq!((code, &played["refused"], &played["closed"]), (0, &Value::Null, &Value::Bool(false)));
        assert_eq!(played["steps"].as_array().map(Vec::len), Some(6));
        for (track, status) in [("file", "14"), ("quarantine", "15"), ("quality", "18")] {
            assert_eq!(played["state"][track]["status"], status);
        }
        assert_eq!(played["clocks"], serde_json::json!({ "quarantine": "running", "quality": "stopped" }));
        let (_, out, _) = run(&["BNNPTNT0600012", "--lang", "en", "--after", "10/01,11/29"]);
        assert!(out.contains("file 1 → 3") && out.contains("allowed next") && out.contains("12/07"), "{out}");
        let (code, paid) = json(&["BNNPTNT0300004", "--after", "10/01,12/07,22/20,24/23:additional"]);
        assert_eq!((code, &paid["state"]["file"]["status"]), (0, &Value::from("14")));
    }

    #[test]
    fn a_refused_message_lists_what_is_allowed() {
        let (code, out, err) = run(&["BNNPTNT0600009", "--lang", "en", "--after", "10/01,17/14"]);
        assert_eq!(code, 3);
        assert!(out.contains("Awaiting acceptance"), "{out}");
        assert!(
            err.starts_with("motcua: message 2/2: message 17/14 from the agency is not allowed now\nallowed:\n"),
            "{err}"
        );
        for allowed in ["10/02", "12/04", "11/05", "11/06", "11/07"] {
            assert!(err.contains(allowed), "{allowed} in {err}");
        }
        assert_eq!(err.lines().count(), 7, "{err}");
        let (code, refused) = json(&["BNNPTNT0600009", "--after", "10/01,17/14"]);
        assert_eq!((code, &refused["refused"]["reason"]), (3, &Value::from("not_now")));
        let (code, _, err) = run(&["BNNPTNT0600009", "--lang", "en", "--after", "10/01,11/06,10/02"]);
        assert_eq!(code, 3);
        assert!(err.contains("nothing: the dossier is closed"), "{err}");
    }

    #[test]
    fn wrong_arguments_are_told() {
        let (code, _, err) = run(&["BNNPTNT060009"]);
        assert_eq!(code, 2);
        assert!(err.contains("hint: did you mean"), "{err}");
        for wrong in ["1/2", "10", "10/01,,", ""] {
            let line = Line::try_parse_from(["life-cycle", "BNNPTNT0600009", "--after", wrong]);
            assert!(line.is_err(), "{wrong}");
        }
        assert!(Line::try_parse_from(["life-cycle", "--after", "10/01"]).is_err(), "of which procedure?");
    }

    #[test]
    fn a_drawing_has_every_state_and_fills_where_the_dossier_stands() {
        let (_, dot, _) = run(&["BNNPTNT0600010", "--format", "dot", "--lang", "en", "--after", "10/01"]);
        assert_eq!(dot.matches("subgraph").count(), 7);
        assert_eq!(dot.matches("fillcolor").count(), 7);
        assert!(dot.contains("s0_0 -> s0_1 [label=\"10/01\"];"), "{dot}");
    }
}

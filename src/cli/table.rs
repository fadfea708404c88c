//! Answers made for reading: aligned, in Vietnamese or English, agencies by name.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use crate::approval::{Weight, joint, joint_of_several, weight};
use crate::clearance::batch::Render;
use crate::clearance::explain::{self, Detail, Lang};
use crate::clearance::{DateSource, Examination};
use crate::law::{Day, Pack, Presumed};
use crate::message::Rejection;
use crate::report::times;
use crate::screening::{Draw, Holder, Match, Requirement, TraceEntry};
use crate::trade::{
    Certainty, Decision, Direction, Finding, Format, GoodsItem, InspectionMethod, Severity, Stage, Status,
};

/// Writes tables.
#[derive(Debug)]
pub(super) struct TableRender<'p> {
    pack: &'p Pack,
    lang: Lang,
    colour: bool,
    detail: Detail,
}

/// Runs of lines that a task lists.
const RUNS_MAX: usize = 12;
const BOLD: Style = Style::new().bold();
const DIM: Style = Style::new().dimmed();

impl<'p> TableRender<'p> {
    /// Tables under a pack.
    pub(super) fn new(pack: &'p Pack, lang: Lang, colour: bool, detail: Detail) -> Self {
        Self { pack, lang, colour, detail }
    }

    fn paint(&self, style: Style, text: &str) -> String {
        if self.colour { format!("{style}{text}{style:#}") } else { text.to_owned() }
    }

    fn decision(&self, decision: Decision) -> String {
        self.paint(decision_style(decision), decision_word(decision, self.lang))
    }

    fn head(&self, out: &mut String, source: &str, examination: &Examination<'_, '_>) {
        let lang = self.lang;
        let declaration = examination.declaration;
        let direction = match examination.direction {
            Some(Direction::Import) => lang.pick("nhập khẩu", "import"),
            Some(Direction::Export) => lang.pick("xuất khẩu", "export"),
            None => lang.pick("không rõ chiều", "direction unknown"),
        };
        let from = match examination.date_source {
            _ if declaration.format == Format::Query => lang.pick("ngày", "on"),
            DateSource::Document => lang.pick("ngày đăng ký", "registered"),
            DateSource::AsOf => lang.pick("theo --as-of", "as of"),
            DateSource::Received => lang.pick("ngày nhận", "received"),
            DateSource::LawDate => lang.pick("theo luật ngày", "law of"),
        };
        let name = declaration.name().unwrap_or("–");
        let advisory = if examination.advisory {
            lang.pick(" · thông tin báo trước", " · advance information")
        } else {
            ""
        };
        let day = Day::of(examination.day);
        let office = declaration.office.as_deref().filter(|_| !examination.advisory);
        let office = office.and_then(|code| self.pack.office_on(code, day));
        let office = office.map(|office| format!(" · {}", office.name_vi)).unwrap_or_default();
        let _ = writeln!(
            out,
            "{}  {}  {name} · {direction} · {from} {}{office}{advisory}",
            self.decision(examination.decision),
            self.paint(BOLD, source),
            Day::of(examination.day),
        );
    }

    fn line(&self, out: &mut String, examination: &Examination<'_, '_>, position: usize, trace: Option<&[TraceEntry]>) {
        let lang = self.lang;
        let line = &examination.screening.lines[position];
        let decision = examination.lines[position];
        let item = &examination.declaration.items[position];
        let hs = line.hs.map_or_else(|| "–".to_owned(), |hs| hs.to_string());
        let how = match line.matched {
            Match::Tariff => "",
            Match::Heading => lang.pick(" (theo 6 số)", " (by 6 digits)"),
            Match::Unknown => lang.pick(" (không có trong biểu)", " (not in the tariff)"),
        };
        let words = if item.description.is_empty() {
            let tariff = line.hs.and_then(|hs| self.pack.tariff_line(Day::of(examination.day), hs));
            tariff.map_or("", |t| t.description_vi.as_str())
        } else {
            item.description.as_ref()
        };
        let _ = writeln!(
            out,
            "  {:>4}  {}{how}  {}  {}",
            line.number,
            pad(&hs, 8),
            pad(&self.decision(decision.decision), self.width_with_paint(decision.decision, 10)),
            self.paint(DIM, &cut(words, 60)),
        );
        if let Some(reason) = decision.reason {
            let _ = writeln!(out, "        ! {}", explain::reason(self.pack, reason, examination.findings, lang));
        }
        let mut listed = 0;
        for requirement in examination.screening.requirements_of(line) {
            let rule = self.pack.rule(requirement.rule);
            let shown = self.detail > Detail::None
                || weight(requirement, rule.stage) != Weight::Listed && rule.stage != Stage::Notice;
            if shown {
                self.requirement(out, examination, item, requirement, trace.map(|t| (position, t)));
            } else {
                listed += 1;
            }
        }
        if listed > 0 {
            let note = match lang {
                Lang::Vi => format!("{listed} quy định khác chỉ nêu để biết, không giữ hàng (xem bằng --explain)"),
                Lang::En if listed == 1 => "one more is listed and holds nothing (seen with --explain)".to_owned(),
                Lang::En => format!("{listed} more are listed and hold nothing (seen with --explain)"),
            };
            let _ = writeln!(out, "        {}", self.paint(DIM, &note));
        }
        let day = Day::of(examination.day);
        if let Some(joint) = joint(self.pack, examination.screening, line, day) {
            let _ = writeln!(out, "        ⇉ {}", explain::joint(self.pack, &joint, day, lang));
        }
        if let Some(trace) = trace.filter(|_| self.detail == Detail::WhyNot) {
            for entry in trace.iter().filter(|e| e.line == position && e.outcome.drops()) {
                let rule = self.pack.rule(self.pack.candidate(entry.candidate).rule);
                let why = explain::dropped(self.pack, entry, day, lang);
                let (basis, grade) = (explain::nearest_basis(rule, day), explain::grade(rule.sourced, lang));
                let basis = if basis.is_empty() { basis } else { format!(" ({basis})") };
                let _ = writeln!(out, "        {}", self.paint(DIM, &format!("× {}{basis} [{grade}]: {why}", rule.id)));
            }
        }
    }

    fn requirement(
        &self,
        out: &mut String,
        examination: &Examination<'_, '_>,
        item: &GoodsItem<'_>,
        requirement: &Requirement,
        trace: Option<(usize, &[TraceEntry])>,
    ) {
        let lang = self.lang;
        let pack = self.pack;
        let rule = pack.rule(requirement.rule);
        let measure = &pack.measures[rule.measure.index()];
        let agency = pack.authority_on(rule.agency, Day::of(examination.day)).agency_name;
        let day = Day::of(examination.day);
        let procedures = pack.procedure_codes(rule, examination.direction, day);
        let _ = writeln!(
            out,
            "        {} {}  {}  {}{}",
            mark(requirement.status),
            pad(lang.pick(&measure.title_vi, &measure.title_en), 34),
            pad(lang.pick(&agency.name_vi, &agency.name_en), 40),
            stage_word(rule.stage, lang),
            self.state(requirement),
        );
        let basis = explain::basis(rule, day);
        let procedures = if procedures.is_empty() { String::new() } else { format!(" · {}", procedures.join(", ")) };
        let _ = writeln!(
            out,
            "          {}",
            self.paint(DIM, &format!("{basis}{procedures} · {} [{}]", rule.id, explain::grade(rule.sourced, lang)))
        );
        if let Some(exemption) = requirement.exemption {
            let exemption = &pack.exemptions[exemption.index()];
            let _ = writeln!(
                out,
                "          {}: {} ({})",
                lang.pick("miễn", "exempt"),
                lang.pick(&exemption.title_vi, &exemption.title_en),
                exemption.legal_basis
            );
        }
        for evidence in examination.screening.evidence_of(requirement) {
            let document = evidence.document(examination.declaration, item);
            let document = document.map(|document| (document.code.as_ref(), document.number.as_ref()));
            let record = examination.records.record(evidence.index).filter(|_| evidence.holder == Holder::Record);
            let record = record.map(|record| (record.code.as_deref().unwrap_or_default(), record.id.as_str()));
            if let Some((code, number)) = document.or(record) {
                let _ = writeln!(out, "          {}: {code} {number}", lang.pick("chứng từ", "document"));
            }
        }
        if let Some(method) = requirement.method.filter(|method| method.method != InspectionMethod::Ordinary) {
            let word = explain::method_word(method.method, lang);
            let drawn = match method.drawn {
                Some(Draw::Drawn) => lang.pick(" · được chọn", " · drawn"),
                Some(Draw::LetThrough) => lang.pick(" · không được chọn", " · not drawn"),
                Some(Draw::NoKey) | None => "",
            };
            let _ = writeln!(out, "          {}: {word}{drawn}", lang.pick("phương thức", "method"));
        }
        if let Some(warned) = requirement.warned {
            let warning = &pack.warnings[warned.warning.index()];
            let title = lang.pick(&warning.title_vi, &warning.title_en);
            let name = if warned.certain {
                lang.pick("cảnh báo", "warning")
            } else {
                lang.pick("cảnh báo có thể liên quan", "possible warning")
            };
            let _ = writeln!(out, "          {name}: {title} ({})", warning.legal_basis);
            if let Some(fact) = explain::asked_by_warning(pack, requirement, examination.declaration, item) {
                let _ = writeln!(out, "          ? {}", explain::question(pack, fact, lang));
            }
        }
        let open = matches!(requirement.status, Status::Required | Status::Pending);
        if let (true, Some(fact), Presumed::True | Presumed::Ask) = (open, requirement.unsettled, requirement.presumed)
        {
            let note = &pack.candidate(requirement.candidate).note;
            let note = if note.is_empty() { String::new() } else { format!(" ({note})") };
            let _ = writeln!(out, "          ? {}{note}", explain::question(pack, fact, lang));
        }
        if let Some((position, trace)) = trace {
            for entry in trace
                .iter()
                .filter(|e| e.line == position && e.candidate == requirement.candidate)
                .filter(|e| e.outcome.shapes() || self.detail == Detail::WhyNot && !e.outcome.drops())
            {
                let _ = writeln!(out, "          → {}", explain::sentence(pack, entry, requirement, day, lang));
            }
        }
    }

    fn state(&self, requirement: &Requirement) -> String {
        let lang = self.lang;
        let status = match requirement.status {
            Status::Required => lang.pick("phải thực hiện", "required"),
            Status::Pending => lang.pick("đang chờ", "pending"),
            Status::Met => lang.pick("đã đạt", "met"),
            Status::Failed => lang.pick("không đạt", "failed"),
            Status::Exempt => lang.pick("được miễn", "exempt"),
            Status::Waived => lang.pick("được miễn giảm", "waived"),
        };
        let certainty = match (requirement.certainty, requirement.presumed) {
            (Certainty::Certain, _) => "",
            (Certainty::Possible, _) => lang.pick(" · có thể", " · possible"),
            (_, Presumed::Ask) => lang.pick(" · cần làm rõ", " · to be settled"),
            (_, Presumed::True) => lang.pick(" · coi như thuộc diện", " · presumed"),
            (_, _) => lang.pick(" · có điều kiện", " · conditional"),
        };
        format!(" · {status}{certainty}")
    }

    fn tasks(&self, out: &mut String, examination: &Examination<'_, '_>) {
        let lang = self.lang;
        if examination.tasks.tasks.is_empty() {
            return;
        }
        let _ = writeln!(
            out,
            "  {}",
            self.paint(BOLD, lang.pick("Việc phải làm, theo thứ tự:", "What has to be done, in order:"))
        );
        for (at, task) in examination.tasks.tasks.iter().enumerate() {
            let timing = &examination.schedule.tasks[at];
            let who = times::agency(self.pack, task, Day::of(examination.day), lang);
            let what = times::subject(self.pack, task, lang);
            let procedure = task.procedure.map(|p| self.pack.procedures[p.index()].code.as_str()).unwrap_or_default();
            let lines = times::lines(examination, task, RUNS_MAX, lang);
            let after = if task.after.is_empty() {
                lang.pick("làm ngay được", "ready now").to_owned()
            } else {
                let first: Vec<String> = task.after.iter().map(|t| format!("t{}", t + 1)).collect();
                format!("{} {}", lang.pick("sau", "after"), first.join(", "))
            };
            let slack = times::slack(timing, lang);
            let slack = match slack.as_str() {
                "" => String::new(),
                words if timing.critical => format!(" · {}", self.paint(BOLD, &format!("★ {words}"))),
                words => format!(" · {words}"),
            };
            let _ = writeln!(
                out,
                "    t{:<3} {}  {}  {}  {lines} · {after}",
                at + 1,
                pad(what, 34),
                pad(who, 40),
                pad(procedure, 15),
            );
            let _ = writeln!(out, "         {}{slack}", times::due(self.pack, task, timing, lang));
        }
        let clearance = times::clearance(self.pack, examination, lang);
        let _ = writeln!(out, "  {} {clearance}", self.paint(BOLD, lang.pick("Thông quan:", "Clearance:")));
    }

    fn findings(&self, out: &mut String, findings: &[Finding], bytes: &[u8]) {
        for finding in findings {
            let style = Style::new().fg_color(Some(
                if finding.severity == Severity::Error { AnsiColor::Red } else { AnsiColor::Yellow }.into(),
            ));
            let _ =
                writeln!(out, "  {} {}", self.paint(style, finding.code.as_str()), place(finding, bytes, self.lang));
        }
    }

    fn width_with_paint(&self, decision: Decision, width: usize) -> usize {
        let painted = self.decision(decision);
        width + painted.width().saturating_sub(decision_word(decision, self.lang).width())
    }
}

impl Render for TableRender<'_> {
    fn wants_trace(&self) -> bool {
        self.detail > Detail::None
    }

    fn decided(
        &self,
        out: &mut Vec<u8>,
        source: &str,
        bytes: &[u8],
        examination: &Examination<'_, '_>,
        trace: Option<&[TraceEntry]>,
    ) {
        let mut text = String::new();
        self.head(&mut text, source, examination);
        self.findings(&mut text, examination.findings, bytes);
        for position in 0..examination.lines.len() {
            self.line(&mut text, examination, position, trace);
        }
        let day = Day::of(examination.day);
        for joint in joint_of_several(self.pack, examination.screening, day) {
            let _ = writeln!(text, "    ⇉ {}", explain::joint_of_several(self.pack, &joint, day, self.lang));
        }
        self.tasks(&mut text, examination);
        text.push('\n');
        out.extend_from_slice(text.as_bytes());
    }

    fn rejected(&self, out: &mut Vec<u8>, source: &str, bytes: &[u8], rejection: &Rejection) {
        let mut text = String::new();
        let style = Style::new().fg_color(Some(AnsiColor::Red.into())).bold();
        let _ = writeln!(
            text,
            "{}  {}",
            self.paint(style, self.lang.pick("TỪ CHỐI ĐỌC", "REJECTED")),
            self.paint(BOLD, source)
        );
        self.findings(&mut text, &rejection.findings, bytes);
        text.push('\n');
        out.extend_from_slice(text.as_bytes());
    }
}

/// A finding with its place, in one line.
fn place(finding: &Finding, bytes: &[u8], lang: Lang) -> String {
    let mut text = String::new();
    if let Some((line, column)) = finding.position(bytes) {
        let _ = write!(text, "{} {line}:{column}: ", lang.pick("dòng", "line"));
    }
    text.push_str(&finding.message);
    if let Some(field) = &finding.field {
        let _ = write!(text, " [{field}]");
    }
    if let Some(line) = finding.goods_line {
        let _ = write!(text, " ({} {line})", lang.pick("dòng hàng", "goods line"));
    }
    text
}

fn mark(status: Status) -> char {
    match status {
        Status::Met | Status::Exempt | Status::Waived => '✓',
        Status::Pending => '…',
        Status::Failed => '✗',
        Status::Required => '•',
    }
}

fn decision_word(decision: Decision, lang: Lang) -> &'static str {
    match decision {
        Decision::Clear => lang.pick("THÔNG QUAN", "CLEAR"),
        Decision::Release => lang.pick("GIẢI PHÓNG", "RELEASE"),
        Decision::Storage => lang.pick("BẢO QUẢN", "STORAGE"),
        Decision::Hold => lang.pick("GIỮ LẠI", "HOLD"),
        Decision::Refuse => lang.pick("TỪ CHỐI", "REFUSE"),
    }
}

fn decision_style(decision: Decision) -> Style {
    let colour = match decision {
        Decision::Clear => AnsiColor::Green,
        Decision::Release | Decision::Storage => AnsiColor::Cyan,
        Decision::Hold => AnsiColor::Yellow,
        Decision::Refuse => AnsiColor::Red,
    };
    Style::new().bold().fg_color(Some(colour.into()))
}

fn stage_word(stage: Stage, lang: Lang) -> &'static str {
    match stage {
        Stage::PermitBeforeImport => lang.pick("giấy phép trước khi nhập", "permit before import"),
        Stage::PermitBeforeExport => lang.pick("giấy phép trước khi xuất", "permit before export"),
        Stage::BeforeClearance => lang.pick("trước thông quan", "before clearance"),
        Stage::AfterClearance => lang.pick("sau thông quan", "after clearance"),
        Stage::Prohibited => lang.pick("cấm", "prohibited"),
        Stage::Notice => lang.pick("lưu ý", "notice"),
    }
}

/// Pads to a width, counting columns rather than bytes; longer text is cut.
fn pad(text: &str, width: usize) -> String {
    let mut padded = cut(text, width);
    let gap = width.saturating_sub(padded.width());
    padded.extend(std::iter::repeat_n(' ', gap));
    padded
}

fn cut(text: &str, width: usize) -> String {
    if text.contains('\u{1b}') || text.width() <= width {
        return text.replace(['\n', '\r', '\t'], " ");
    }
    let mut short = String::new();
    for letter in text.chars() {
        if short.width() + 2 > width {
            break;
        }
        short.push(if letter.is_control() { ' ' } else { letter });
    }
    short.push('…');
    short
}

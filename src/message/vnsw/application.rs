//! Applications (hồ sơ, type 10) of the procedures of the single window, and the other messages
//! of their life cycles: one walk reads both.

mod line;

use super::Header;
use super::catalogue::Procedure;
use super::check::{self, Seen};
use super::leaves::Papers;
use super::schema::{Kind, Node, Schemas};
use crate::message::fields::Fields;
use crate::message::incoming::Paper;
use crate::message::xml::{Fatal, Tag};
use crate::trade::{Declaration, Direction, DocumentRef, Finding, FindingCode, Format, Party, Text};

/// How deep an element of `Envelope/Body/Content` stands.
const CONTENT_DEPTH: usize = 4;

/// Reads the application whose `Content` is open.
pub(super) fn read<'a>(
    fields: &mut Fields<'a>,
    header: &Header<'a>,
    procedure: &Procedure,
    content: &Tag<'_>,
) -> Result<Declaration<'a>, Fatal> {
    let schema = Schemas::get().content(&procedure.code);
    let reader = walk(fields, header, schema, (None, None), content)?;
    Ok(reader.application(header, procedure, schema, content.offset))
}

/// What a letter says: its application, where it carries one whole, and its papers.
pub(super) type Said<'a> = (Option<Declaration<'a>>, Vec<Paper<'a>>);

/// Reads any message of a life cycle, whose `Content` is open. `carries` is the procedure where
/// the message carries the application whole.
pub(super) fn read_letter<'a>(
    fields: &mut Fields<'a>,
    header: &Header<'a>,
    carries: Option<&Procedure>,
    content: &Tag<'_>,
) -> Result<Said<'a>, Fatal> {
    let first = header.kind.text == super::APPLICATION;
    let element = super::element_of(&header.document_type.text, &header.kind.text, &header.function.text);
    let schema = carries.filter(|_| first).and_then(|procedure| Schemas::get().content(&procedure.code));
    let papers = Papers::new(fields.zone().clone());
    // What an agency says of the goods is not judged: it decides nothing about a declaration.
    fields.quiet = carries.is_none();
    let mut reader = walk(fields, header, schema, (Some(papers), element), content)?;
    reader.fields.quiet = false;
    reader.says_something(content.offset);
    let Some(papers) = reader.papers.take() else { return Ok((None, Vec::new())) };
    let Some(procedure) = carries else {
        return Ok((None, papers.finish(reader.declaration.items)));
    };
    let declaration = reader.application(header, procedure, schema, content.offset);
    Ok((Some(declaration), papers.finish(Vec::new())))
}

fn walk<'f, 'a>(
    fields: &'f mut Fields<'a>,
    header: &Header<'a>,
    schema: Option<&Node>,
    (papers, element): (Option<Papers<'a>>, Option<&'static str>),
    content: &Tag<'_>,
) -> Result<Reader<'f, 'a>, Fatal> {
    let mut declaration = Declaration::new(Format::VnswApplication);
    declaration.dossier_procedure = Some(header.document_type.text.clone());
    declaration.reference.clone_from(&header.reference);
    declaration.date = header.sent.map(|(date, _)| date);
    declaration.time = header.sent.and_then(|(_, time)| time);
    declaration.responsible_country = header.country();
    let mut reader = Reader {
        fields,
        declaration,
        applicant: Party::default(),
        names: Names::default(),
        papers,
        element,
        found: element.is_none(),
        speaks: false,
    };
    reader.inside(schema, content)?;
    Ok(reader)
}

/// The walk over an application.
#[derive(Debug)]
struct Reader<'f, 'a> {
    fields: &'f mut Fields<'a>,
    declaration: Declaration<'a>,
    applicant: Party<'a>,
    names: Names<'a>,
    /// What a letter says beyond the application; nothing is kept of it otherwise.
    papers: Option<Papers<'a>>,
    /// The element that the message's schema has in `Content`, where it is known.
    element: Option<&'static str>,
    /// It is there, or none is known.
    found: bool,
    /// There is text in `Content`.
    speaks: bool,
}

/// Names of the parties as the forms give them.
#[derive(Debug, Default)]
struct Names<'a> {
    importer: Option<Text<'a>>,
    exporter: Option<Text<'a>>,
}

impl<'a> Reader<'_, 'a> {
    /// What was read, as an application.
    fn application(
        self,
        header: &Header<'a>,
        procedure: &Procedure,
        schema: Option<&Node>,
        content: usize,
    ) -> Declaration<'a> {
        let Self { fields, mut declaration, mut applicant, names, .. } = self;
        declaration.direction = Some(procedure.goods);
        if applicant.id.is_none() && is_tax_code(&header.from.identity) {
            applicant.id = Some(header.from.identity.clone());
        }
        parties(&mut declaration, applicant, names, procedure.goods);
        if declaration.items.is_empty() {
            no_goods(fields, schema, content);
        }
        declaration
    }

    /// Reads what stands in the open element `own`. A purpose stated in it holds for the lines in
    /// it that state none.
    fn inside(&mut self, node: Option<&Node>, own: &Tag<'_>) -> Result<(), Fatal> {
        let first = self.declaration.items.len();
        let mut purpose = None;
        let mut seen = Seen::of(node);
        while let Some(tag) = self.fields.xml.child()? {
            if self.fields.xml.depth() == CONTENT_DEPTH && matches!(tag.local(), "ErrorList" | "ReceiveDate") {
                let what = if tag.local() == "ErrorList" { "a list of errors" } else { "a receipt" };
                return Err(Box::new(
                    Finding::error(FindingCode::OtherKind, format!("{what} (`{}`) is not an application", tag.local()))
                        .at(tag.offset)
                        .field(self.fields.xml.path()),
                ));
            }
            self.found |= self.fields.xml.depth() == CONTENT_DEPTH && self.element == Some(tag.local());
            let node = seen.child(self.fields, &tag);
            if check::is_nil(&tag) {
                self.fields.xml.skip()?;
            } else if !self.is_complex(node) {
                let text = check::text(self.fields, node, &tag)?;
                self.speaks |= !text.is_empty();
                if let Some(papers) = &mut self.papers
                    && own.local() != "Attachment"
                {
                    papers.leaf(tag.local(), &text);
                }
                if is_purpose(tag.local()) && !text.is_empty() {
                    purpose = preferred(purpose, tag.local(), text);
                } else {
                    self.leaf(&tag, text)?;
                }
            } else if line::is_line(tag.local()) {
                let verdict = line::read(self.fields, &mut self.declaration, node, &tag)?;
                if let Some(papers) = &mut self.papers {
                    papers.line(verdict);
                }
            } else if tag.local() == "Document" {
                self.document(node, &tag)?;
            } else {
                if own.local().strip_suffix("List") == Some(tag.local()) {
                    self.next_paper(tag.offset)?;
                }
                self.inside(node, &tag)?;
            }
        }
        seen.close(self.fields, own);
        if let Some((_, purpose)) = purpose {
            for item in &mut self.declaration.items[first..] {
                item.purpose.get_or_insert_with(|| purpose.clone());
            }
        }
        Ok(())
    }

    /// Refuses a letter whose content is not there, or another than its procedure has for it: nothing
    /// is applied for, granted or refused by it.
    fn says_something(&mut self, offset: usize) {
        let name = self.element.unwrap_or("Content");
        let message = match (self.found, self.has_said()) {
            (false, _) => format!("`{name}` is missing in `Content`"),
            (true, false) => format!("`{name}` says nothing"),
            (true, true) => return,
        };
        let field = self.element.map_or_else(|| "Content".to_owned(), |name| format!("Content/{name}"));
        let finding = Finding::error(FindingCode::Missing, message).at(offset);
        self.fields.refuse(finding.field(format!("Envelope/Body/{field}")));
    }

    /// Whether there is anything in the content.
    fn has_said(&self) -> bool {
        self.speaks || !self.declaration.items.is_empty() || !self.declaration.documents.is_empty()
    }

    /// A list of papers stands right in `Content`, and holds each by the list's own name.
    fn next_paper(&mut self, offset: usize) -> Result<(), Fatal> {
        if let Some(papers) = &mut self.papers
            && self.fields.xml.depth() == CONTENT_DEPTH + 1
        {
            let most = self.fields.xml.limits().repeats;
            let count = papers.count();
            papers.next_paper();
            self.fields.room(count, "papers of a letter", most, offset)?;
        }
        Ok(())
    }

    /// Whether the open element holds elements; without a schema the next step of the walk tells.
    fn is_complex(&self, node: Option<&Node>) -> bool {
        node.map_or_else(|| matches!(self.fields.xml.clone().child(), Ok(Some(_))), |node| node.kind == Kind::Complex)
    }

    fn leaf(&mut self, tag: &Tag<'_>, text: Text<'a>) -> Result<(), Fatal> {
        if text.is_empty() {
            return Ok(());
        }
        match tag.local() {
            "TaxCode" => self.applicant.id = Some(text),
            "NameOfRegistration" => self.applicant.name = Some(text),
            "ImporterName" | "Importer" | "ImporteNameAddressVni" | "BuyerName" => self.names.importer = Some(text),
            "ImporteNameAddress" => {
                self.names.importer.get_or_insert(text);
            }
            "ExporterNameVni" | "SellerName" => self.names.exporter = Some(text),
            "ExporterName" => {
                self.names.exporter.get_or_insert(text);
            }
            "SellerStateCode" => self.declaration.exporter.country = self.fields.country_code(&text, tag),
            "ExportCountryCode" => self.declaration.export_country = self.fields.country_code(&text, tag),
            "ImportCountryCode" | "ImporterCountryCode" => {
                self.declaration.destination_country = self.fields.country_code(&text, tag);
            }
            "RegistrationComfirmNo"
            | "LicenseNo"
            | "LicenseOfAnimalNo"
            | "DispatchNo"
            | "ContractNo"
            | "ContractsNo" => {
                let code = Text::Owned(tag.local().to_owned());
                self.keep(DocumentRef { code, number: text, status: None }, tag.offset)?;
            }
            _ => {}
        }
        Ok(())
    }

    fn document(&mut self, node: Option<&Node>, own: &Tag<'_>) -> Result<(), Fatal> {
        let mut document = DocumentRef::default();
        let mut seen = Seen::of(node);
        while let Some(tag) = self.fields.xml.child()? {
            let node = seen.child(self.fields, &tag);
            let text = check::text(self.fields, node, &tag)?;
            match tag.local() {
                "TypeDoc" => document.code = text,
                "Number" => document.number = text,
                _ => {}
            }
        }
        seen.close(self.fields, own);
        self.keep(document, own.offset)
    }

    fn keep(&mut self, document: DocumentRef<'a>, offset: usize) -> Result<(), Fatal> {
        let most = self.fields.xml.limits().repeats;
        self.fields.room(self.declaration.documents.len(), "documents", most, offset)?;
        self.declaration.documents.push(document);
        Ok(())
    }
}

/// Whether an element states what the goods are for.
fn is_purpose(name: &str) -> bool {
    matches!(
        name,
        "Purpose"
            | "PurposeVni"
            | "PurposeUse"
            | "MealPurpose"
            | "AnimalPurpose"
            | "ProductPurpose"
            | "BoneMealPurpose"
    )
}

/// The purpose that counts: the Vietnamese one where a form has two.
fn preferred<'a>(before: Option<(bool, Text<'a>)>, name: &str, text: Text<'a>) -> Option<(bool, Text<'a>)> {
    let vietnamese = name.ends_with("Vni");
    match before {
        Some((true, _)) if !vietnamese => before,
        _ => Some((vietnamese, text)),
    }
}

/// A tax code has ten digits, or thirteen with or without a hyphen.
fn is_tax_code(text: &str) -> bool {
    (10..=14).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// Who imports and who exports: the applicant on the national side, the other by name.
fn parties<'a>(declaration: &mut Declaration<'a>, applicant: Party<'a>, names: Names<'a>, goods: Direction) {
    let (own, foreign) = match goods {
        Direction::Import => (&mut declaration.importer, &mut declaration.exporter),
        Direction::Export => (&mut declaration.exporter, &mut declaration.importer),
    };
    let (own_name, foreign_name) = match goods {
        Direction::Import => (names.importer, names.exporter),
        Direction::Export => (names.exporter, names.importer),
    };
    own.id.clone_from(&applicant.id);
    own.name = own_name.or_else(|| applicant.name.clone());
    foreign.name = foreign_name;
    declaration.declarant = applicant;
}

/// An application without goods: refused where its schema asks for them.
fn no_goods(fields: &mut Fields<'_>, schema: Option<&Node>, offset: usize) {
    let mut finding = Finding::warning(FindingCode::NoGoods, "the application has no goods line")
        .at(offset)
        .field("Envelope/Body/Content");
    if schema.is_some_and(asks_for_goods) {
        finding.severity = crate::trade::Severity::Error;
        fields.refuse(finding);
    } else {
        fields.report(finding);
    }
}

/// Whether goods lines are mandatory below an element. The content element itself is optional in
/// every schema, since errors and receipts may stand in its place; an application has it.
fn asks_for_goods(content: &Node) -> bool {
    fn within(node: &Node) -> bool {
        node.children().iter().any(|child| child.mandatory && (line::is_line(&child.name) || within(child)))
    }
    content.children().iter().any(within)
}

//! Permits with quantities and declarations that draw on them, made from a few words.
//!
//! The goods are insecticides for households: in May 2026 the one thing that the law puts on them
//! is an import licence (16/2024/TT-BYT).

use std::sync::atomic::{AtomicU32, Ordering};

use jiff::civil::Date;
use motcua::clearance::case::declaration::{Command, Declaration};
use motcua::clearance::case::dossier::{Command as DossierCommand, Opening};
use motcua::clearance::case::{Author, CaseId};
use motcua::clearance::record::RequirementRecord;
use motcua::law::life_cycle::Act as Meaning;
use motcua::service::act::{Act, DossierAct, Given};
use motcua::service::new_case;
use motcua::service::writer::WorkError;
use motcua::store::accounts::{self, AccountRow};
use motcua::store::{cases, waiting};
use motcua::trade::Status;
use serde_json::Value;

use crate::exchange::office::PATIENCE;

use super::house::{House, broker, customs, officer};

pub(crate) const NOW: &str = "2026-05-26T10:00:00+07:00";
pub(crate) const TRADER: &str = "0401345678";
pub(crate) const INSECTICIDE: &str = "38089130";
pub(crate) const LICENCE: &str = "moh-insecticide-household-16-2024";
pub(crate) const PROCEDURE: &str = "BYTE0600004";
pub(crate) const AGENCY: &str = "BYT-MTYT";

/// A line: its code, its quantity as `600 KGM`, and the numbers of permits that it names.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    pub(crate) hs: &'static str,
    pub(crate) quantity: String,
    pub(crate) permits: Vec<String>,
}

/// Insecticides.
pub(crate) fn line(quantity: &str) -> Line {
    Line { hs: INSECTICIDE, quantity: quantity.to_owned(), permits: Vec::new() }
}

/// A declaration before its official registration: customs has not taken it as lodged.
pub(crate) fn declaration(reference: &str, function: &str, lines: &[Line]) -> Vec<u8> {
    message(reference, ("10", function), ToOwned::to_owned, lines)
}

/// A declaration that customs has registered under a number.
pub(crate) fn registered(reference: &str, number: &str, lines: &[Line]) -> Vec<u8> {
    let registration =
        format!("<Registration><Number>{number}</Number><Date>2026-05-26 09:00:00</Date></Registration>");
    let with = |content: &str| content.replacen("<ICB>", &format!("{registration}<ICB>"), 1);
    message(reference, ("10", "01"), with, lines)
}

fn message(reference: &str, (kind, function): (&str, &str), with: impl Fn(&str) -> String, lines: &[Line]) -> Vec<u8> {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let goods: String = lines
        .iter()
        .enumerate()
        .map(|(at, line)| {
            let (amount, unit) = line.quantity.split_once(' ').unwrap();
            let permits = line.permits.iter().map(|n| format!("<Permit><SS>GPNK</SS><SN>{n}</SN></Permit>"));
            let permits: String = permits.collect();
            let permits = if permits.is_empty() { permits } else { format!("<PermitList>{permits}</PermitList>") };
            format!(
                "<Goods><LineNo>{}</LineNo><CMD>{}</CMD><CMN>Bình xịt côn trùng dùng trong gia dụng, hàng mới 100%</CMN>\
                 <OR>TH</OR><QN1>{amount}</QN1><QT1>{unit}</QT1><BPR>1000.00</BPR><UPC>USD</UPC><BPC>VND</BPC>\
                 <DPR>25600000</DPR>{permits}</Goods>",
                at + 1,
                line.hs
            )
        })
        .collect();
    let content = format!(
        "<ImportDeclaration><ICB>A11</ICB><MTC>2</MTC><CH>02CI</CH><SKB>4</SKB><IMC>{TRADER}</IMC>\
         <IMN>Công ty TNHH Sản xuất Hải Vân</IMN><EPN>Siam Home Care Co Ltd</EPN><EPO>TH</EPO><NO>52</NO><NOT>CT</NOT>\
         <GW>2100</GW><GWT>KGM</GWT><ARR>2026-05-26</ARR><PSC>THBKK</PSC><IP1>A</IP1><IP2>CIF</IP2><IP3>USD</IP3>\
         <IP4>1000.00</IP4><GoodsList>{goods}</GoodsList></ImportDeclaration>"
    );
    format!(
        "<Envelope><Header><Reference><version>01</version><messageId>{reference}-{}</messageId></Reference>\
         <From><name>Hải Vân</name><identity>{TRADER}</identity><countryCode>VN</countryCode><ministryCode>DN</ministryCode>\
         <organizationCode>DN</organizationCode><unitCode>DN</unitCode></From><To><name>Cục Hải quan</name>\
         <identity>TCHQ</identity><countryCode>VN</countryCode><ministryCode>BTC</ministryCode>\
         <organizationCode>TCHQ</organizationCode><unitCode>TCHQ</unitCode></To><Subject><documentType>IDA</documentType>\
         <type>{kind}</type><function>{function}</function><reference>{reference}</reference>\
         <documentYear>2026</documentYear><preReference>{reference}</preReference>\
         <sendDate>2026-05-26 08:12:00</sendDate></Subject></Header><Body><Content>{}</Content><Signature/></Body></Envelope>",
        NEXT.fetch_add(1, Ordering::Relaxed),
        with(&content)
    )
    .into_bytes()
}

/// What is given: a number and a quantity.
pub(crate) fn given(number: &str, quantity: &str) -> Given {
    let (amount, unit) = quantity.split_once(' ').unwrap();
    Given { number: Some(number.to_owned()), quantity: Some((amount.to_owned(), unit.to_owned())), ..Given::default() }
}

impl House {
    /// An agency's officer does something with a dossier.
    pub(crate) async fn on_dossier(&self, case: CaseId, act: Meaning, given: Given) -> Result<CaseId, WorkError> {
        let act = Box::new(DossierAct::Do { act, note: "as the act asks".to_owned(), given, paper: None });
        self.service.act(Act::Dossier { case, act, seen: None }, officer(AGENCY, "an")).await
    }

    /// Opens the dossier of a licence for insecticides.
    pub(crate) async fn apply(&self, agency: &str) -> CaseId {
        let opening = Opening {
            procedure: Some(PROCEDURE.to_owned()),
            agency: Some(agency.to_owned()),
            holder: Some(TRADER.to_owned()),
            filer: "broker-1".to_owned(),
            reference: None,
            message: None,
            goods: Vec::new(),
        };
        let open = DossierCommand::Open(Box::new(opening));
        let opened = self.service.writer().run(move |desk| {
            Box::pin(async move {
                let case = new_case(desk.now);
                desk.dossier_command(case, &open, &broker()).await?;
                Ok(case)
            })
        });
        opened.await.unwrap()
    }

    /// Gives a licence; the case is its dossier.
    pub(crate) async fn grant(&self, number: &str, quantity: &str) -> CaseId {
        let case = self.apply(AGENCY).await;
        self.on_dossier(case, Meaning::Issue, given(number, quantity)).await.unwrap();
        case
    }

    /// Sends a declaration that customs has not taken as lodged.
    pub(crate) async fn lodge(&self, reference: &str, lines: &[Line]) -> (CaseId, Value) {
        self.declare(declaration(reference, "01", lines)).await
    }

    pub(crate) async fn command(&self, case: CaseId, command: Command, by: Author) -> Result<CaseId, WorkError> {
        self.service.act(Act::Declaration { case, command: Box::new(command), seen: None }, by).await
    }

    pub(crate) async fn cancel(&self, case: CaseId) {
        let command = Command::Cancel { reason: "sold to another".to_owned() };
        self.command(case, command, broker()).await.unwrap();
    }

    /// Customs takes a declaration as lodged.
    pub(crate) async fn accept(&self, case: CaseId) {
        self.command(case, Command::Accept, customs()).await.unwrap();
    }

    pub(crate) async fn state(&self, case: CaseId) -> Declaration {
        let mut reader = self.service.shared().database.read().await.unwrap();
        cases::declaration(&mut reader.link(), case).await.unwrap().unwrap()
    }

    /// What a decision says of the licence on a line.
    pub(crate) async fn licence(&self, case: CaseId, line: usize) -> RequirementRecord {
        let state = self.state(case).await;
        let line = &state.decision.as_ref().unwrap().lines[line];
        line.requirements.iter().find(|requirement| requirement.rule == LICENCE).unwrap().clone()
    }

    pub(crate) async fn is_met(&self, case: CaseId) -> bool {
        self.licence(case, 0).await.status == Status::Met
    }

    /// The one account of a number.
    pub(crate) async fn account(&self, number: &str) -> AccountRow {
        let mut reader = self.service.shared().database.read().await.unwrap();
        let mut found = accounts::numbered(&mut reader.link(), number).await.unwrap();
        assert_eq!(found.len(), 1, "{found:?}");
        found.remove(0)
    }

    /// Granted, reserved and written off.
    pub(crate) async fn balance(&self, number: &str) -> [String; 3] {
        let account = self.account(number).await;
        let granted = account.granted.map_or_else(|| "unlimited".to_owned(), |granted| granted.to_string());
        [granted, account.reserved.to_string(), account.written_off.to_string()]
    }

    /// Waits until nothing has to be looked at again.
    pub(crate) async fn quiet(&self) {
        let begun = std::time::Instant::now();
        while begun.elapsed() < PATIENCE {
            let mut reader = self.service.shared().database.read().await.unwrap();
            if waiting::to_review(&mut reader.link(), 1).await.unwrap().is_empty() {
                return;
            }
            drop(reader);
            self.service.shared().waiting.notify_one();
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        panic!("cases are looked at again without end");
    }
}

/// A day of the tests.
pub(crate) fn day(text: &str) -> Date {
    text.parse().unwrap()
}

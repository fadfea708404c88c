//! What a signature may look like, looked at before anything is reckoned.
//!
//! One walk with the hardened reader: where the signatures stand, and that the one which counts
//! is of the one profile. The library that reckons is asked afterwards and only about this
//! signature; by its byte in the message both are known to mean the same one.

use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::{memchr_iter, memmem};

use super::super::limits::Limits;
use super::super::xml::{Namespace, Tag, Xml};
use super::{Algorithm, Place, SignatureError};

pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
pub(super) const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
pub(super) const ENVELOPED: &str = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
pub(super) const SHA256: &str = "http://www.w3.org/2001/04/xmlenc#sha256";
/// The namespaces of UBL documents begin so.
const UBL: &str = "urn:oasis:names:specification:ubl:schema:xsd:";
pub(super) const UBL_EXTENSIONS: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2";
pub(super) const UBL_SIGNATURES: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonSignatureComponents-2";
pub(super) const UBL_SIGNATURE_PARTS: &str =
    "urn:oasis:names:specification:ubl:schema:xsd:SignatureAggregateComponents-2";
/// Certificates of one signature: its own, and those between it and one that is trusted.
const CERTIFICATES: usize = 5;
/// Bytes of the base64 of one certificate or value.
const BASE64_BYTES: usize = 16 * 1024;

/// A signature that has the profile.
#[derive(Debug)]
pub(super) struct Profile {
    /// The byte where it begins.
    pub(super) offset: usize,
    /// How it was made.
    pub(super) algorithm: Algorithm,
    /// Its certificates as DER, the signer's first.
    pub(super) certificates: Vec<Vec<u8>>,
    /// How many signatures stand before it; they have the profile too.
    pub(super) before: usize,
}

/// Where the signature stands, by root and place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Slot {
    /// In the extension of a UBL document.
    Ubl,
    /// A child of the root.
    Child,
    /// `Body/Signature` of the national envelope.
    Body,
    /// `SystemSignature` of the national envelope.
    System,
}

impl Slot {
    /// The slot of a place in a message with this root.
    pub(super) fn of(place: Place, local: &str, uri: &str) -> Option<Self> {
        match (place, local, uri) {
            (Place::EnvelopeBody, "Envelope", "") => Some(Self::Body),
            (Place::EnvelopeSystem, "Envelope", "") => Some(Self::System),
            (Place::EnvelopeBody | Place::EnvelopeSystem, ..) | (Place::Document, "Envelope", "") => None,
            (Place::Document, _, uri) if uri.starts_with(UBL) => Some(Self::Ubl),
            (Place::Document, ..) => Some(Self::Child),
        }
    }

    /// In words.
    pub(super) fn words(self) -> &'static str {
        match self {
            Self::Ubl => {
                "`UBLExtensions/UBLExtension/ExtensionContent/UBLDocumentSignatures/SignatureInformation` of the document"
            }
            Self::Child => "the root element, as its child",
            Self::Body => "`Body/Signature` of the envelope",
            Self::System => "`SystemSignature` of the envelope",
        }
    }

    /// Whether the parents of an element, root first, are those of the signature.
    fn holds(self, parents: &[(String, String)]) -> bool {
        let path: &[(&str, &str)] = match self {
            Self::Child => return parents.len() == 1,
            Self::Ubl => &[
                ("UBLExtensions", UBL_EXTENSIONS),
                ("UBLExtension", UBL_EXTENSIONS),
                ("ExtensionContent", UBL_EXTENSIONS),
                ("UBLDocumentSignatures", UBL_SIGNATURES),
                ("SignatureInformation", UBL_SIGNATURE_PARTS),
            ],
            Self::Body => &[("Body", ""), ("Signature", "")],
            Self::System => &[("SystemSignature", "")],
        };
        let inner = parents.get(1..).unwrap_or_default();
        inner.len() == path.len()
            && inner.iter().zip(path).all(|((local, uri), (known, namespace))| local == known && uri == namespace)
    }
}

/// Looks at a message: the signature of a place, and that nothing else counts as one.
pub(super) fn inspect(bytes: &[u8], place: Place, limits: Limits) -> Result<Profile, SignatureError> {
    let mut walk = Walk { bytes, xml: Xml::new(bytes, limits)? };
    only_elements(bytes)?;
    let root = walk.xml.root()?;
    let Some(slot) = Slot::of(place, root.local(), walk.xml.uri(root.namespace)) else {
        return Err(SignatureError::Unverifiable {
            what: format!("`{}` has no place for {}", root.local(), place.words()),
        });
    };
    let is_signature = |xml: &Xml<'_>, tag: &Tag<'_>| tag.local() == "Signature" && xml.uri(tag.namespace) == DSIG;
    let mut parents = vec![walk.name(&root)];
    let mut elsewhere: Option<(String, usize)> = is_signature(&walk.xml, &root).then(|| (walk.xml.path(), root.offset));
    let mut found: Option<Profile> = None;
    let (mut here, mut all) = (0usize, usize::from(elsewhere.is_some()));
    loop {
        let Some(tag) = walk.xml.child()? else {
            if walk.xml.depth() == 0 {
                break;
            }
            continue;
        };
        parents.truncate(walk.xml.depth() - 1);
        if is_signature(&walk.xml, &tag) {
            all += 1;
            if slot.holds(&parents) {
                here += 1;
                if here == 1 {
                    let mut profile = walk.signature(&tag)?;
                    profile.before = all - 1;
                    found = Some(profile);
                    continue;
                }
            } else if slot == Slot::System && Slot::Body.holds(&parents) {
                // The library looks at this one too: it must not be made to do anything else.
                walk.signature(&tag)?;
                continue;
            } else if found.is_none() || slot != Slot::Child {
                elsewhere.get_or_insert_with(|| (walk.xml.path(), tag.offset));
            }
        }
        let name = walk.name(&tag);
        parents.push(name);
    }
    walk.xml.finish()?;
    if here > 1 || (slot == Slot::Ubl && all > 1) {
        return Err(SignatureError::Several { count: if slot == Slot::Ubl { all } else { here } });
    }
    if let Some((found, offset)) = elsewhere {
        return Err(SignatureError::WrongPlace { found, line: line(bytes, offset), place: slot.words() });
    }
    found.ok_or(SignatureError::Unsigned { place: slot.words() })
}

/// Comments and instructions by their first bytes, wherever these stand: no reader has to agree
/// with another about what is one.
fn only_elements(bytes: &[u8]) -> Result<(), SignatureError> {
    if let Some(at) = memmem::find(bytes, b"<!--") {
        return Err(SignatureError::Comment { line: line(bytes, at) });
    }
    let text = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let declared = text.starts_with(b"<?xml") && text.get(5).is_some_and(u8::is_ascii_whitespace);
    let from = bytes.len() - text.len() + if declared { 2 } else { 0 };
    match memmem::find(bytes.get(from..).unwrap_or_default(), b"<?") {
        Some(at) => Err(SignatureError::Instruction { line: line(bytes, from + at) }),
        None => Ok(()),
    }
}

/// The line of a byte, from 1.
pub(super) fn line(bytes: &[u8], offset: usize) -> usize {
    1 + memchr_iter(b'\n', bytes.get(..offset).unwrap_or_default()).count()
}

/// The range of the `SystemSignature` of a national envelope; it is added after the body was
/// signed, and is cut out before the body's signature is looked at.
pub(super) fn system_signature(bytes: &[u8], limits: Limits) -> Result<Option<Range<usize>>, SignatureError> {
    let mut xml = Xml::new(bytes, limits)?;
    xml.root()?;
    let mut range = None;
    while let Some(tag) = xml.child()? {
        let system = tag.local() == "SystemSignature" && tag.namespace == Namespace::NONE;
        xml.skip()?;
        if system && range.replace(tag.offset..xml.position()).is_some() {
            return Err(SignatureError::Several { count: 2 });
        }
    }
    Ok(range)
}

struct Walk<'a> {
    bytes: &'a [u8],
    xml: Xml<'a>,
}

impl<'a> Walk<'a> {
    fn name(&self, tag: &Tag<'_>) -> (String, String) {
        (tag.local().to_owned(), self.xml.uri(tag.namespace).to_owned())
    }

    fn structure(&self, what: impl Into<String>, offset: usize) -> SignatureError {
        SignatureError::Structure { what: what.into(), line: line(self.bytes, offset) }
    }

    fn reference_error(&self, what: impl Into<String>, offset: usize) -> SignatureError {
        SignatureError::Reference { what: what.into(), line: line(self.bytes, offset) }
    }

    /// The next child, which has to be this one of the namespace of signatures.
    fn expect(&mut self, local: &'static str, attributes: &[&str]) -> Result<Tag<'a>, SignatureError> {
        let Some(tag) = self.xml.child()? else {
            return Err(self.structure(format!("`{local}` is missing"), self.xml.position()));
        };
        self.is(&tag, local, attributes)?;
        Ok(tag)
    }

    fn is(&self, tag: &Tag<'_>, local: &str, attributes: &[&str]) -> Result<(), SignatureError> {
        if tag.local() != local || self.xml.uri(tag.namespace) != DSIG {
            return Err(self.structure(format!("`{}` stands where `{local}` belongs", tag.local()), tag.offset));
        }
        match tag.attribute_names().find(|name| !attributes.contains(name)) {
            Some(name) => Err(self.structure(format!("`{local}` has an attribute `{name}`"), tag.offset)),
            None => Ok(()),
        }
    }

    /// The end of the element that is open; `inside` says of what.
    fn end(&mut self, inside: &str) -> Result<(), SignatureError> {
        match self.xml.child()? {
            None => Ok(()),
            Some(tag) => Err(self.structure(format!("`{}` in `{inside}`", tag.local()), tag.offset)),
        }
    }

    /// An element that names an algorithm and has nothing in it.
    fn algorithm(&mut self, local: &'static str) -> Result<(String, usize), SignatureError> {
        let tag = self.expect(local, &["Algorithm"])?;
        let algorithm = tag.attribute("Algorithm").unwrap_or_default().into_owned();
        self.end(local)?;
        Ok((algorithm, tag.offset))
    }

    /// The value of the element that is open, of which nothing has been read yet: base64, in one
    /// piece and without any markup.
    fn base64(&mut self, tag: &Tag<'_>) -> Result<Vec<u8>, SignatureError> {
        let from = self.xml.position();
        let text = self.xml.text()?;
        let raw = self.bytes.get(from..self.xml.position()).unwrap_or_default();
        if memchr_iter(b'<', raw).count() > 1 || raw.contains(&b'&') {
            return Err(self.structure(format!("`{}` is not plain text", tag.local()), tag.offset));
        }
        if text.len() > BASE64_BYTES {
            return Err(self.structure(format!("`{}` is over {BASE64_BYTES} bytes", tag.local()), tag.offset));
        }
        let packed: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
        match STANDARD.decode(packed) {
            Ok(value) if !value.is_empty() => Ok(value),
            _ => Err(self.structure(format!("`{}` is no base64", tag.local()), tag.offset)),
        }
    }

    /// The signature whose element is open, to its end.
    fn signature(&mut self, tag: &Tag<'_>) -> Result<Profile, SignatureError> {
        self.is(tag, "Signature", &["Id"])?;
        self.expect("SignedInfo", &["Id"])?;
        let (canonical, _) = self.algorithm("CanonicalizationMethod")?;
        if canonical != EXCLUSIVE {
            return Err(SignatureError::Algorithm {
                role: "CanonicalizationMethod",
                found: canonical,
                allowed: "exclusive canonicalization without comments (http://www.w3.org/2001/10/xml-exc-c14n#)",
            });
        }
        let (method, _) = self.algorithm("SignatureMethod")?;
        let Some(algorithm) = Algorithm::of_uri(&method) else {
            return Err(SignatureError::Algorithm {
                role: "SignatureMethod",
                found: method,
                allowed: "RSA-SHA256 (http://www.w3.org/2001/04/xmldsig-more#rsa-sha256) or ECDSA-SHA256 (http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256)",
            });
        };
        self.reference()?;
        if let Some(second) = self.xml.child()? {
            return Err(self.reference_error(format!("a second part, `{}`", second.local()), second.offset));
        }
        let value = self.expect("SignatureValue", &["Id"])?;
        self.base64(&value)?;
        let certificates = self.key_info()?;
        self.end("Signature")?;
        Ok(Profile { offset: tag.offset, algorithm, certificates, before: 0 })
    }

    /// The reference to the whole message.
    fn reference(&mut self) -> Result<(), SignatureError> {
        let tag = self.expect("Reference", &["Id", "URI"])?;
        match tag.attribute("URI") {
            Some(uri) if uri.is_empty() => {}
            Some(uri) => return Err(self.reference_error(format!("the reference is to `{uri}`"), tag.offset)),
            None => return Err(self.reference_error("the reference has no `URI`", tag.offset)),
        }
        let transforms = self.expect("Transforms", &[])?;
        for wanted in [ENVELOPED, EXCLUSIVE] {
            let Some(transform) = self.xml.child()? else {
                return Err(self.reference_error(format!("the transform `{wanted}` is missing"), transforms.offset));
            };
            self.is(&transform, "Transform", &["Algorithm"])?;
            let algorithm = transform.attribute("Algorithm").unwrap_or_default();
            if algorithm != wanted {
                return Err(self.reference_error(format!("a transform `{algorithm}`"), transform.offset));
            }
            if let Some(inside) = self.xml.child()? {
                return Err(self.reference_error(format!("`{}` in a transform", inside.local()), inside.offset));
            }
        }
        if let Some(third) = self.xml.child()? {
            let algorithm = third.attribute("Algorithm").unwrap_or_default().into_owned();
            return Err(self.reference_error(format!("a third transform `{algorithm}`"), third.offset));
        }
        let (digest, _) = self.algorithm("DigestMethod")?;
        if digest != SHA256 {
            return Err(SignatureError::Algorithm {
                role: "DigestMethod",
                found: digest,
                allowed: "SHA-256 (http://www.w3.org/2001/04/xmlenc#sha256)",
            });
        }
        let value = self.expect("DigestValue", &[])?;
        if self.base64(&value)?.len() != 32 {
            return Err(self.structure("`DigestValue` has not the length of SHA-256", value.offset));
        }
        self.end("Reference")
    }

    /// The certificates.
    fn key_info(&mut self) -> Result<Vec<Vec<u8>>, SignatureError> {
        self.expect("KeyInfo", &["Id"])?;
        self.expect("X509Data", &[])?;
        let mut certificates = Vec::new();
        while let Some(tag) = self.xml.child()? {
            self.is(&tag, "X509Certificate", &[])?;
            if certificates.len() == CERTIFICATES {
                return Err(self.structure(format!("more than {CERTIFICATES} certificates"), tag.offset));
            }
            certificates.push(self.base64(&tag)?);
        }
        if certificates.is_empty() {
            return Err(self.structure("`X509Data` without a certificate", self.xml.position()));
        }
        self.end("KeyInfo")?;
        Ok(certificates)
    }
}

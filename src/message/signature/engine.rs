//! The library that reckons signatures, and all that is asked of it.
//!
//! `bergshamra` canonicalizes, digests and verifies. It is given one key, that of the certificate
//! which was found trusted, and a message whose signature has the profile; it never chooses a
//! key, follows no reference out of the message and runs no transform but the two.

use bergshamra::dsig::sign::sign_document_node;
use bergshamra::dsig::verify::{VerifyResult, verify_all_document_with_source, verify_document_with_source};
use bergshamra::keys::loader;
use bergshamra::xml::uppsala::{Document, NodeId, Parser};
use bergshamra::{DsigContext, KeysManager};

/// One key, and how the library is to use it. What it prints of itself has no key in it.
pub(super) type Engine = DsigContext;

use super::profile::{DSIG, Profile};
use super::{KeyError, SignatureError};

/// What the library calls a digest that does not match.
const DIGEST_FAILED: &str = "Reference digest failed";
/// What it calls a signature value that does not.
const VALUE_FAILED: &str = "signature value verification failed";

fn cannot(what: impl Into<String>) -> SignatureError {
    SignatureError::Unverifiable { what: what.into() }
}

fn parse(text: &str) -> Result<Document<'_>, SignatureError> {
    let parser = Parser::new().with_forbid_dtd(true).with_forbid_entities(true).with_max_depth(128);
    parser.parse(text).map_err(|cause| cannot(cause.to_string()))
}

/// The key of a certificate, by its `SubjectPublicKeyInfo`.
pub(super) fn verifying(key: &[u8]) -> Result<Engine, SignatureError> {
    let key = loader::load_spki_der(key).map_err(|cause| cannot(cause.to_string()))?;
    let mut keys = KeysManager::new();
    keys.add_key(key);
    Ok(DsigContext::new(keys))
}

/// Whether the message is the one that was signed, with this key. `text` has no byte order mark;
/// the profile's byte counts from its beginning.
pub(super) fn verify(context: &Engine, text: &str, profile: &Profile) -> Result<(), SignatureError> {
    let document = parse(text)?;
    let source = Some(text);
    let result = if profile.before == 0 {
        verify_document_with_source(context, &document, source).map_err(|cause| cannot(cause.to_string()))?
    } else {
        let mut all =
            verify_all_document_with_source(context, &document, source).map_err(|cause| cannot(cause.to_string()))?;
        if profile.before >= all.len() {
            return Err(cannot("two readers of the message do not agree about its signatures"));
        }
        all.swap_remove(profile.before)
    };
    match result {
        VerifyResult::Valid { signature_node, references, .. } => {
            let begins = document.node_range(signature_node).map(|range| range.start);
            let whole = references.len() == 1 && references.iter().all(|r| r.digest_verified && r.uri.is_empty());
            if begins != Some(profile.offset) || !whole {
                return Err(cannot("two readers of the message do not agree about its signatures"));
            }
            Ok(())
        }
        VerifyResult::Invalid { reason } if reason.starts_with(DIGEST_FAILED) => Err(SignatureError::Digest),
        VerifyResult::Invalid { reason } if reason.starts_with(VALUE_FAILED) => Err(SignatureError::Value),
        VerifyResult::Invalid { reason } => Err(cannot(reason)),
    }
}

/// A private key (PKCS#8 as PEM) to sign with.
pub(super) fn signing(pem: &[u8]) -> Result<Engine, KeyError> {
    // The library's words could quote what it was given; they are left out.
    let key = loader::load_pem_auto(pem, None).map_err(|_| {
        KeyError(
            "the private key cannot be read; taken is an RSA or P-256 key as PKCS#8 (`-----BEGIN PRIVATE KEY-----`, not encrypted), \
             which `openssl pkcs8 -topk8 -nocrypt` makes of others"
                .to_owned(),
        )
    })?;
    let mut keys = KeysManager::new();
    keys.add_key(key);
    Ok(DsigContext::new(keys))
}

/// The digest and the signature value, as base64, of a message with an empty signature that
/// begins at this byte.
pub(super) fn sign(context: &Engine, text: &str, offset: usize) -> Result<(String, String), SignatureError> {
    let mut document = parse(text)?;
    let node = document
        .descendants(document.root())
        .into_iter()
        .find(|node| is(&document, *node, "Signature") && document.node_range(*node).is_some_and(|r| r.start == offset))
        .ok_or_else(|| cannot("two readers of the message do not agree about its signatures"))?;
    sign_document_node(context, &mut document, node).map_err(|cause| cannot(cause.to_string()))?;
    let value = |local: &str| {
        let found = document.descendants(node).into_iter().find(|node| is(&document, *node, local));
        found.map(|node| document.text_content_deep(node)).ok_or_else(|| cannot(format!("no `{local}`")))
    };
    Ok((value("DigestValue")?, value("SignatureValue")?))
}

fn is(document: &Document<'_>, node: NodeId, local: &str) -> bool {
    document.element(node).is_some_and(|element| {
        element.name.local_name.as_ref() == local && element.name.namespace_uri.as_deref() == Some(DSIG)
    })
}

//! Where random bytes come from.

/// A source of random bytes that nobody can guess.
pub trait Random: Send {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`RandomError`] where the source gives none.
    fn fill(&mut self, bytes: &mut [u8]) -> Result<(), RandomError>;
}

/// The source of random bytes gives none. Nothing that is to be secret can be made without it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("there are no random bytes to be had")]
pub struct RandomError;

/// So many bytes.
pub(crate) fn draw<const N: usize>(random: &mut dyn Random) -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// Letters and digits that are not mistaken for each other: 32, so that five bits of a byte choose
/// one without a bias.
const SIGNS: [char; 32] = [
    'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'j', 'k', 'm', 'n', 'p', 'q', 'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
    '2', '3', '4', '5', '6', '7', '8', '9', 'i',
];

/// A text of so many signs, five bits each.
pub(super) fn text<const N: usize>(random: &mut dyn Random) -> Result<String, RandomError> {
    Ok(draw::<N>(random)?.iter().map(|byte| SIGNS[usize::from(byte & 31)]).collect())
}

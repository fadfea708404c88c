//! Parts of a pack as JSON in which names stand where the pack has positions.
//!
//! A compiled pack refers to its own tables by position; two packs number the same ministry
//! differently. This serializer writes any part of a pack as it would be read aloud: the ministry
//! by its code, a set of facts by their values, a day as a date, a condition in words made of the
//! pack's keys. What is added to a pack is so compared without anything being added here, unless
//! it refers to a table of its own.

use serde::ser::{self, Serialize, SerializeMap, Serializer};
use serde_json::value::Serializer as Plain;
use serde_json::{Error, Map, Value};

use super::words::{chapters, code, condition, day, sorted, word};
use crate::law::{FactKind, Pack};

/// Writes parts of `pack`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Named<'p>(pub(super) &'p Pack);

impl Named<'_> {
    /// A part of the pack. Null where it cannot be written, which no part of a pack is.
    pub(super) fn value(self, part: &impl Serialize) -> Value {
        part.serialize(self).unwrap_or(Value::Null)
    }

    /// The name of what a newtype of the pack stands for.
    fn name(self, of: &str, inner: Value) -> Value {
        let pack = self.0;
        let at = inner.as_u64().and_then(|at| usize::try_from(at).ok()).unwrap_or(usize::MAX);
        let name = match of {
            "MinistryId" => pack.ministries.get(at).map(|known| known.code.clone()),
            "AgencyId" => pack.agencies.get(at).map(|known| known.code.clone()),
            "MeasureId" => pack.measures.get(at).map(|known| known.key.clone()),
            "ProcedureId" => pack.procedures.get(at).map(|known| known.code.clone()),
            "RuleId" => pack.rules.get(at).map(|known| known.id.clone()),
            "FactId" => pack.facts.get(at).map(|known| known.key.clone()),
            "ExemptionId" => pack.exemptions.get(at).map(|known| known.key.clone()),
            "ExclusionId" => pack.exclusions.get(at).map(|known| known.id.clone()),
            "DocumentTypeId" => pack.documents.get(at).map(|known| known.code.clone()),
            "MethodRegimeId" => pack.methods.get(at).map(|known| known.key.clone()),
            "WarningId" => pack.warnings.get(at).map(|known| known.id.clone()),
            "FactMask" => return self.facts(&inner),
            "Day" => return day(at),
            _ => None,
        };
        name.map_or(inner, Value::String)
    }

    /// The values of facts that the bits of a mask stand for, sorted: bits have no order.
    fn facts(self, words: &Value) -> Value {
        let words: Vec<u64> = words.as_array().into_iter().flatten().filter_map(Value::as_u64).collect();
        let set = |bit: usize| words.get(bit / 64).is_some_and(|word| word & (1 << (bit % 64)) != 0);
        let mut names: Vec<String> = Vec::new();
        for fact in &self.0.facts {
            let first = usize::from(fact.first_atom);
            match fact.kind {
                FactKind::Bool if set(first) => names.push(fact.key.clone()),
                FactKind::Choice => {
                    let values = fact.values.iter().zip(first..).filter(|(_, bit)| set(*bit));
                    names.extend(values.map(|(value, _)| format!("{}={value}", fact.key)));
                }
                _ => {}
            }
        }
        sorted(names)
    }

    fn regimes(self, bits: u64) -> Value {
        let regimes = self.0.regimes.iter().zip(0u32..).filter(|(_, bit)| bits.checked_shr(*bit).unwrap_or(0) & 1 == 1);
        sorted(regimes.map(|(regime, _)| regime.code.to_string()).collect())
    }

    /// A field of a struct that is a position or a set of bits without saying so by its type.
    fn field(self, of: &str, field: &str, value: Value) -> Value {
        match (of, field) {
            ("MappedProcedure", "regime") => {
                let at = value.as_u64().and_then(|at| usize::try_from(at).ok());
                let regime = at.and_then(|at| self.0.regimes.get(at));
                regime.map_or(value, |regime| Value::from(regime.code.as_str()))
            }
            _ => value,
        }
    }
}

/// Fields that say something of the compiled form alone; goods are compared by themselves.
const COMPILED: [(&str, &str); 5] =
    [("Pack", "index"), ("Pack", "candidates"), ("Pack", "digest"), ("Fact", "first_atom"), ("Phrases", "settles")];

/// Elements of a list, fields of a struct, entries of a map.
pub(super) struct Parts<'p> {
    named: Named<'p>,
    of: &'static str,
    variant: Option<&'static str>,
    list: Vec<Value>,
    fields: Map<String, Value>,
    key: Option<String>,
}

impl<'p> Parts<'p> {
    fn of(named: Named<'p>, of: &'static str, variant: Option<&'static str>) -> Self {
        Self { named, of, variant, list: Vec::new(), fields: Map::new(), key: None }
    }

    fn wrapped(self, inner: Value) -> Value {
        match self.variant {
            Some(name) => variant(self.of, name, inner),
            None => inner,
        }
    }

    fn list_end(mut self) -> Value {
        let list = Value::Array(std::mem::take(&mut self.list));
        self.wrapped(list)
    }

    fn fields_end(mut self) -> Value {
        let fields = std::mem::take(&mut self.fields);
        let value = if self.of == "HsCode" { code(&fields) } else { Value::Object(fields) };
        self.wrapped(value)
    }

    fn element(&mut self, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        self.list.push(value.serialize(self.named)?);
        Ok(())
    }

    fn put(&mut self, key: &'static str, value: &(impl Serialize + ?Sized)) -> Result<(), Error> {
        if COMPILED.contains(&(self.of, key)) {
            return Ok(());
        }
        let value =
            if (self.of, key) == ("Coverage", "chapters") { chapters(value)? } else { value.serialize(self.named)? };
        self.fields.insert(key.to_owned(), self.named.field(self.of, key, value));
        Ok(())
    }
}

/// A variant of an enum that holds something.
fn variant(of: &str, variant: &str, inner: Value) -> Value {
    if of == "Condition" {
        return condition(variant, &inner);
    }
    Value::Object(Map::from_iter([(variant.to_owned(), inner)]))
}

macro_rules! plainly {
    ($($name:ident($kind:ty)),+ $(,)?) => {
        $(fn $name(self, value: $kind) -> Result<Value, Error> {
            Plain.$name(value)
        })+
    };
}

impl<'p> Serializer for Named<'p> {
    type Ok = Value;
    type Error = Error;
    type SerializeSeq = Parts<'p>;
    type SerializeTuple = Parts<'p>;
    type SerializeTupleStruct = Parts<'p>;
    type SerializeTupleVariant = Parts<'p>;
    type SerializeMap = Parts<'p>;
    type SerializeStruct = Parts<'p>;
    type SerializeStructVariant = Parts<'p>;

    plainly!(
        serialize_bool(bool),
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_i32(i32),
        serialize_i64(i64),
        serialize_i128(i128),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_u128(u128),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_str(&str),
        serialize_bytes(&[u8]),
    );

    fn serialize_none(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<Value, Error> {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<Value, Error> {
        Ok(Value::Null)
    }

    fn serialize_unit_variant(self, of: &'static str, _: u32, variant: &'static str) -> Result<Value, Error> {
        Ok(if of == "Condition" { condition(variant, &Value::Null) } else { Value::from(variant) })
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, of: &'static str, value: &T) -> Result<Value, Error> {
        Ok(self.name(of, value.serialize(self)?))
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        of: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<Value, Error> {
        let mut inner = value.serialize(self)?;
        if let ("Condition", "Regime", Some(bits)) = (of, variant, inner.as_u64()) {
            inner = self.regimes(bits);
        }
        Ok(self::variant(of, variant, inner))
    }

    fn serialize_seq(self, _: Option<usize>) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, "", None))
    }

    fn serialize_tuple(self, _: usize) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, "", None))
    }

    fn serialize_tuple_struct(self, of: &'static str, _: usize) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, of, None))
    }

    fn serialize_tuple_variant(
        self,
        of: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, of, Some(variant)))
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, "", None))
    }

    fn serialize_struct(self, of: &'static str, _: usize) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, of, None))
    }

    fn serialize_struct_variant(
        self,
        of: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Parts<'p>, Error> {
        Ok(Parts::of(self, of, Some(variant)))
    }
}

macro_rules! lists {
    ($($kind:ident::$step:ident),+ $(,)?) => {
        $(impl ser::$kind for Parts<'_> {
            type Ok = Value;
            type Error = Error;

            fn $step<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
                self.element(value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.list_end())
            }
        })+
    };
}

lists!(
    SerializeSeq::serialize_element,
    SerializeTuple::serialize_element,
    SerializeTupleStruct::serialize_field,
    SerializeTupleVariant::serialize_field,
);

macro_rules! structs {
    ($($kind:ident),+) => {
        $(impl ser::$kind for Parts<'_> {
            type Ok = Value;
            type Error = Error;

            fn serialize_field<T: Serialize + ?Sized>(&mut self, key: &'static str, value: &T) -> Result<(), Error> {
                self.put(key, value)
            }

            fn end(self) -> Result<Value, Error> {
                Ok(self.fields_end())
            }
        })+
    };
}

structs!(SerializeStruct, SerializeStructVariant);

impl SerializeMap for Parts<'_> {
    type Ok = Value;
    type Error = Error;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Result<(), Error> {
        self.key = Some(word(&key.serialize(self.named)?));
        Ok(())
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), Error> {
        let value = value.serialize(self.named)?;
        if let Some(key) = self.key.take() {
            self.fields.insert(key, value);
        }
        Ok(())
    }

    fn end(self) -> Result<Value, Error> {
        Ok(self.fields_end())
    }
}

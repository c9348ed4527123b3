//! `console.table`.

use boa_engine::builtins::map::ordered_map::OrderedMap;
use boa_engine::builtins::set::ordered_set::OrderedSet;
use boa_engine::builtins::typed_array::TypedArray;
use boa_engine::object::JsObject;
use boa_engine::property::PropertyKey;
use boa_engine::{Context, JsResult, JsString, JsValue};

use super::{log, print};
use crate::errors;
use crate::host::Host;
use crate::inspect::{Options, columns, inspect_with};
use crate::native::{self, argument};
use crate::process::streams::Stream;

/// `console.table(data, properties)`.
pub fn table(this: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let colors = Host::of(context).colors(Stream::Output);
    match format(&argument(args, 0), &argument(args, 1), colors, context)? {
        Some(text) => print(Stream::Output, &text, context),
        None => log(this, &args[..args.len().min(1)], context),
    }
}

/// The text of the table, or undefined where the data is no object.
pub fn js_format(_: &JsValue, args: &[JsValue], context: &mut Context) -> JsResult<JsValue> {
    let text = format(&argument(args, 0), &argument(args, 1), false, context)?;
    Ok(text.map_or_else(JsValue::undefined, |text| JsString::from(text).into()))
}

/// A column: its head and its cells, some of which may be missing.
struct Column {
    head: String,
    cells: Vec<Option<String>>,
}

struct Table<'a> {
    colors: bool,
    context: &'a mut Context,
}

fn format(
    data: &JsValue,
    properties: &JsValue,
    colors: bool,
    context: &mut Context,
) -> JsResult<Option<String>> {
    let wanted = match properties.as_object() {
        None if properties.is_undefined() => None,
        Some(list) if list.is_array() => Some(list_keys(&list, context)?),
        _ => {
            let expected = "an instance of Array";
            return Err(errors::invalid_argument_type(
                "properties",
                expected,
                properties,
                context,
            ));
        }
    };
    let Some(object) = data.as_object().filter(|object| !object.is_callable()) else {
        return Ok(None);
    };
    let host = Host::of(context);
    let iterated = host.iterators.kind(&object, context)?;
    let mut table = Table { colors, context };
    let columns = if let Some(kind) = iterated {
        let values = host.iterators.preview(&object, table.context)?;
        if kind.pairs {
            let mut pairs = Vec::with_capacity(values.len());
            for pair in values {
                let pair = pair.to_object(table.context)?;
                pairs.push((pair.get(0, table.context)?, pair.get(1, table.context)?));
            }
            table.pairs(&pairs)?
        } else {
            table.values(&values)?
        }
    } else if object.is::<OrderedMap<JsValue>>() {
        let pairs: Vec<(JsValue, JsValue)> = object
            .downcast_ref::<OrderedMap<JsValue>>()
            .map(|map| {
                map.iter()
                    .map(|(key, value)| (key.clone(), value.clone()))
                    .collect()
            })
            .unwrap_or_default();
        table.pairs(&pairs)?
    } else if object.is::<OrderedSet>() {
        let values: Vec<JsValue> = object
            .downcast_ref::<OrderedSet>()
            .map(|set| set.iter().cloned().collect())
            .unwrap_or_default();
        table.values(&values)?
    } else {
        table.rows(&object, wanted.as_deref())?
    };
    Ok(Some(render(&columns)))
}

fn list_keys(list: &JsObject, context: &mut Context) -> JsResult<Vec<PropertyKey>> {
    let length = native::get(list, "length", context)?.to_length(context)?;
    let mut keys = Vec::new();
    for index in 0..length {
        keys.push(list.get(index, context)?.to_property_key(context)?);
    }
    Ok(keys)
}

/// `Object.keys`.
fn enumerable_keys(object: &JsObject, context: &mut Context) -> JsResult<Vec<PropertyKey>> {
    let class = context.intrinsics().constructors().object().constructor();
    let keys = native::invoke(&class, "keys", &[object.clone().into()], context)?;
    list_keys(&keys.to_object(context)?, context)
}

impl Table<'_> {
    fn cell(&mut self, value: &JsValue) -> JsResult<String> {
        let mut options = Options {
            depth: 0.0,
            max_array_length: 3.0,
            break_length: f64::INFINITY,
            colors: self.colors,
            ..Options::default()
        };
        if let Some(object) = value.as_object()
            && !object.is_callable()
            && !object.is_array()
            && !object.is::<TypedArray>()
            && enumerable_keys(&object, self.context)?.len() > 2
        {
            options.depth = -1.0;
        }
        inspect_with(value, options, self.context)
    }

    fn cells<'v>(
        &mut self,
        values: impl Iterator<Item = &'v JsValue>,
    ) -> JsResult<Vec<Option<String>>> {
        values.map(|value| self.cell(value).map(Some)).collect()
    }

    fn indices(&mut self, count: usize) -> JsResult<Column> {
        let indices: Vec<JsValue> = (0..count)
            .map(|index| JsValue::from(index as u32))
            .collect();
        Ok(Column {
            head: "(iteration index)".to_owned(),
            cells: self.cells(indices.iter())?,
        })
    }

    fn pairs(&mut self, pairs: &[(JsValue, JsValue)]) -> JsResult<Vec<Column>> {
        let keys = self.cells(pairs.iter().map(|(key, _)| key))?;
        let values = self.cells(pairs.iter().map(|(_, value)| value))?;
        Ok(vec![
            self.indices(pairs.len())?,
            Column {
                head: "Key".to_owned(),
                cells: keys,
            },
            Column {
                head: "Values".to_owned(),
                cells: values,
            },
        ])
    }

    fn values(&mut self, values: &[JsValue]) -> JsResult<Vec<Column>> {
        let cells = self.cells(values.iter())?;
        Ok(vec![
            self.indices(values.len())?,
            Column {
                head: "Values".to_owned(),
                cells,
            },
        ])
    }

    fn rows(&mut self, data: &JsObject, wanted: Option<&[PropertyKey]>) -> JsResult<Vec<Column>> {
        let rows = enumerable_keys(data, self.context)?;
        let mut columns: Vec<(PropertyKey, Column)> = Vec::new();
        let mut primitives: Vec<Option<String>> = Vec::new();
        let mut has_primitives = false;
        for (index, row) in rows.iter().enumerate() {
            let item = data.get(row.clone(), self.context)?;
            let Some(object) = item.as_object() else {
                if wanted.is_none() {
                    has_primitives = true;
                    primitives.resize(index, None);
                    primitives.push(Some(self.cell(&item)?));
                } else {
                    for key in wanted.unwrap_or_default() {
                        put(&mut columns, key, index, String::new());
                    }
                }
                continue;
            };
            let own = match wanted {
                Some(wanted) => wanted.to_vec(),
                None => enumerable_keys(&object, self.context)?,
            };
            for key in &own {
                let cell = if object.has_own_property(key.clone(), self.context)? {
                    let value = object.get(key.clone(), self.context)?;
                    self.cell(&value)?
                } else {
                    String::new()
                };
                put(&mut columns, key, index, cell);
            }
        }
        // An object's keys: indices first, in their order.
        columns.sort_by_key(|(key, _)| match key {
            PropertyKey::Index(index) => (0, index.get()),
            _ => (1, 0),
        });
        let heads = rows.iter().map(|row| Some(key_text(row))).collect();
        let mut all = vec![Column {
            head: "(index)".to_owned(),
            cells: heads,
        }];
        all.extend(columns.into_iter().map(|(_, column)| column));
        if has_primitives {
            all.push(Column {
                head: "Values".to_owned(),
                cells: primitives,
            });
        }
        Ok(all)
    }
}

fn put(columns: &mut Vec<(PropertyKey, Column)>, key: &PropertyKey, row: usize, cell: String) {
    let at = columns
        .iter()
        .position(|(known, _)| known == key)
        .unwrap_or_else(|| {
            let column = Column {
                head: key_text(key),
                cells: Vec::new(),
            };
            columns.push((key.clone(), column));
            columns.len() - 1
        });
    let cells = &mut columns[at].1.cells;
    cells.resize(row.max(cells.len()), None);
    if cells.len() == row {
        cells.push(Some(cell));
    } else {
        cells[row] = Some(cell);
    }
}

fn key_text(key: &PropertyKey) -> String {
    match key {
        PropertyKey::String(name) => native::lossy(name),
        PropertyKey::Symbol(symbol) => native::lossy(&symbol.descriptive_string()),
        PropertyKey::Index(index) => index.get().to_string(),
    }
}

fn render(all: &[Column]) -> String {
    let rows = all
        .iter()
        .map(|column| column.cells.len())
        .max()
        .unwrap_or(0);
    let widths: Vec<usize> = all
        .iter()
        .map(|column| {
            let cells = column
                .cells
                .iter()
                .flatten()
                .map(|cell| columns(cell, true));
            cells
                .chain([columns(&column.head, true)])
                .max()
                .unwrap_or(0)
        })
        .collect();
    let rule = |left: char, middle: char, right: char| {
        let parts: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
        format!("{left}{}{right}", parts.join(&middle.to_string()))
    };
    let line = |cells: Vec<&str>| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| {
                let missing = width.saturating_sub(columns(cell, true));
                format!("{cell}{}", " ".repeat(missing))
            })
            .collect();
        format!("│ {} │", padded.join(" │ "))
    };
    let mut lines = vec![
        rule('┌', '┬', '┐'),
        line(all.iter().map(|column| column.head.as_str()).collect()),
        rule('├', '┼', '┤'),
    ];
    for row in 0..rows {
        let cells = all.iter().map(|column| {
            column
                .cells
                .get(row)
                .and_then(Option::as_deref)
                .unwrap_or_default()
        });
        lines.push(line(cells.collect()));
    }
    lines.push(rule('└', '┴', '┘'));
    lines.join("\n")
}

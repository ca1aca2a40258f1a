#include "weir/connect/files/xml_cells.h"

#include <utility>

#include "weir/connect/files/csv_cell.h"
#include "weir/connect/files/xml_text.h"

namespace weir::connect {

namespace {

constexpr size_t kShownOfMistake = 100;

std::string JsonOfText(std::string_view text) {
  std::string json;
  AppendJsonText(json, text);
  return json;
}

std::string JsonOf(const pugi::xml_node& element, const RecordOptions& options) {
  std::string json;
  AppendXmlJson(element, options, json);
  return json;
}

std::string JsonList(const std::vector<std::string>& items) {
  if (items.size() == 1) return items[0];
  std::string json = "[";
  for (const std::string& item : items) json += (json.size() > 1 ? "," : "") + item;
  return json + "]";
}

}  // namespace

bool XmlCells::Misfit(std::string_view text, const DataType& type, ColumnBuilder* column) {
  if (column != nullptr) column->AppendNull();
  if (mistake_.empty()) {
    mistake_ = JsonOfText(text.substr(0, kShownOfMistake)) + " is not " + type.ToSql();
  }
  return false;
}

bool XmlCells::ReadText(std::string_view text, const DataType& type, ColumnBuilder* column) {
  const bool is_text = type.id() == TypeId::kString;
  if ((text.empty() && !is_text) || (options_.xml_null && text == *options_.xml_null)) {
    if (column != nullptr) column->AppendNull();
    return true;
  }
  if (type.IsNested()) return Misfit(text, type, column);
  if (type.id() == TypeId::kBoolean && (text == "1" || text == "0")) {
    if (column != nullptr) column->AppendBoolean(text == "1");
    return true;
  }
  return AppendCsvCell(text, type, options_, column) || Misfit(text, type, column);
}

bool XmlCells::ReadElement(const pugi::xml_node& element, const JsonShape& shape,
                           ColumnBuilder* column) {
  const DataType& type = shape.type();
  switch (type.id()) {
    case TypeId::kStruct:
      return ReadStruct(element, shape, column);
    case TypeId::kMap:
      return ReadMap(element, shape, column);
    case TypeId::kArray: {
      // An array of arrays: each element is one of one item.
      const bool fits = ReadElement(element, shape.child(0), column ? &column->child(0) : nullptr);
      if (column != nullptr) column->AppendList(1);
      return fits;
    }
    default:
      break;
  }
  const bool has_elements = element.find_child(
      [](const pugi::xml_node& child) { return child.type() == pugi::node_element; });
  if (!has_elements) return ReadText(XmlText(element, options_), type, column);
  const std::string inside = XmlInside(element);
  return type.id() == TypeId::kString ? ReadText(inside, type, column)
                                      : Misfit(inside, type, column);
}

bool XmlCells::ReadMap(const pugi::xml_node& element, const JsonShape& shape,
                       ColumnBuilder* column) {
  const DataType& type = shape.type();
  if (type.key().id() != TypeId::kString) return Misfit(XmlInside(element), type, column);
  ColumnBuilder* const values = column == nullptr ? nullptr : &column->child(1);
  bool fits = true;
  int64_t entries = 0;
  ++in_items_;
  for (const auto& attribute : element.attributes()) {
    if (!IsXmlField(attribute, options_)) continue;
    if (column != nullptr) column->child(0).AppendText(XmlAttributeName(attribute, options_));
    fits = ReadText(XmlAttributeText(attribute, options_), type.value(), values) && fits;
    ++entries;
  }
  for (const auto& child : element.children()) {
    if (child.type() != pugi::node_element) continue;
    if (column != nullptr) column->child(0).AppendText(XmlName(child.name(), options_));
    fits = ReadElement(child, shape.child(0), values) && fits;
    ++entries;
  }
  --in_items_;
  if (column == nullptr) return fits;
  if (entries == 0) {
    column->AppendNull();  // As Spark reads an empty element.
  } else {
    column->AppendList(entries);
  }
  return fits;
}

bool XmlCells::ReadStruct(const pugi::xml_node& element, const JsonShape& shape,
                          ColumnBuilder* column) {
  ++depth_;
  const Target target{
      [column](size_t field) { return column == nullptr ? nullptr : &column->child(field); },
      column == nullptr, column == nullptr ? 0 : column->length()};
  const bool fits = ReadFields(element, shape, target);
  --depth_;
  if (column == nullptr) return fits;
  for (size_t i = 0; i < shape.type().fields().size(); ++i) {
    if (column->child(i).length() == column->length()) column->child(i).AppendNull();
  }
  column->AppendStruct();
  return fits;
}

void XmlCells::Put(size_t field, const std::string& label, const JsonShape& shape,
                   const Target& target, Fields& fields,
                   const std::function<bool(const JsonShape&, ColumnBuilder*)>& read,
                   const std::function<std::string()>& json) {
  ColumnBuilder* const into = target.column(field);
  if (into == nullptr && !target.judges_all) return;
  Found& found = fields[field];
  const JsonShape& own = shape.child(field);
  const bool is_array = own.type().id() == TypeId::kArray;
  // Of equal names the last one counts.
  if (into != nullptr && !is_array && into->length() != target.rows) into->Truncate(target.rows);
  const bool has_path = rescues();
  if (has_path && !is_array) rescuer_->Enter(label);
  if (is_array) ++in_items_;
  const bool was_unplaced = std::exchange(unplaced_, false);
  const bool fits =
      is_array ? read(own.child(0), into ? &into->child(0) : nullptr) : read(own, into);
  if (is_array) --in_items_;
  if (has_path && !is_array) rescuer_->Leave();
  ++found.items;
  const bool is_unplaced = rescuer_ != nullptr && unplaced_;
  found.misfits |= !fits || (has_path && is_unplaced);
  unplaced_ = was_unplaced || (unplaced_ && !has_path);
  if (has_path) found.json.push_back(json());
}

bool XmlCells::FinishFields(const JsonShape& shape, const Target& target, Fields& fields) {
  bool fits = true;
  for (size_t i = 0; i < fields.size(); ++i) {
    Found& found = fields[i];
    if (found.items == 0) continue;
    const Field& field = shape.type().fields()[i];
    ColumnBuilder* const into = target.column(i);
    const bool is_array = field.type.id() == TypeId::kArray;
    if (into != nullptr && is_array) into->AppendList(found.items);
    if (!found.misfits) continue;
    if (into != nullptr) {
      into->Truncate(target.rows);
      into->AppendNull();
    }
    if (rescues()) {
      const std::string label = JsonOfText(field.name);
      if (!is_array) found.json = {found.json.back()};
      rescuer_->Add(label, JsonList(found.json));
    }
    if (in_items_ > 0) fits = false;
  }
  return fits;
}

void XmlCells::PutUnknown(const std::string& name, const std::string& json) {
  if (json == "\"\"") return;
  if (depth_ == 0 && unknown_) unknown_(name);
  if (rescues()) {
    rescuer_->Add(JsonOfText(name), json);
  } else {
    unplaced_ = true;
  }
}

// Into the column for elements that have none of their own, if there is one.
bool XmlCells::PutAny(const pugi::xml_node& element, const JsonShape& shape, const Target& target,
                      Fields& fields) {
  size_t hint = 0;
  const auto any = shape.Find(options_.any_column, hint);
  if (!any) return false;
  const DataType& type = shape.type().fields()[*any].type;
  const bool is_text = type.id() == TypeId::kString ||
                       (type.id() == TypeId::kArray && type.element().id() == TypeId::kString);
  if (!is_text) return false;
  const std::string whole = XmlWhole(element);
  Put(
      *any, JsonOfText(options_.any_column), shape, target, fields,
      [&](const JsonShape& cell, ColumnBuilder* column) {
        // Alone it is what an element is in a column of text; in a list its tag says which it is.
        if (type.id() == TypeId::kString) return ReadElement(element, cell, column);
        return ReadText(whole, cell.type(), column);
      },
      [&] { return JsonOfText(whole); });
  return true;
}

bool XmlCells::ReadFields(const pugi::xml_node& element, const JsonShape& shape,
                          const Target& target) {
  Fields fields(shape.type().fields().size());
  size_t hint = 0;
  const auto put_text = [&](const std::string& name, const std::string& text) {
    const auto field = shape.Find(name, hint);
    if (!field) return PutUnknown(name, JsonOfText(text));
    const std::string label = JsonOfText(name);
    Put(
        *field, label, shape, target, fields,
        [&](const JsonShape& cell, ColumnBuilder* column) {
          return ReadText(text, cell.type(), column);
        },
        [&] { return JsonOfText(text); });
  };
  for (const auto& attribute : element.attributes()) {
    if (!IsXmlField(attribute, options_)) continue;
    put_text(XmlAttributeName(attribute, options_), XmlAttributeText(attribute, options_));
  }
  for (const auto& child : element.children()) {
    if (child.type() != pugi::node_element) continue;
    const std::string name(XmlName(child.name(), options_));
    const auto field = shape.Find(name, hint);
    if (!field) {
      if (!PutAny(child, shape, target, fields)) PutUnknown(name, JsonOf(child, options_));
      continue;
    }
    const std::string label = JsonOfText(name);
    Put(
        *field, label, shape, target, fields,
        [&](const JsonShape& cell, ColumnBuilder* column) {
          return ReadElement(child, cell, column);
        },
        [&] { return JsonOf(child, options_); });
  }
  for (const std::string& text : XmlTexts(element, options_)) put_text(options_.value_tag, text);
  return FinishFields(shape, target, fields);
}

}  // namespace weir::connect

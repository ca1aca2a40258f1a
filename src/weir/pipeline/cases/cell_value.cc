#include <yaml-cpp/binary.h>

#include <algorithm>

#include "weir/pipeline/cases/cell.h"

namespace weir::pipeline {
namespace {

// Digits of the fraction that are not zeros at its end; with an exponent nobody counts.
size_t FractionDigits(std::string_view text) {
  const size_t point = text.find('.');
  if (point == std::string_view::npos || text.find_first_of("eE") != std::string_view::npos) {
    return 0;
  }
  const size_t last = text.find_last_of("123456789");
  return last == std::string_view::npos || last < point ? 0 : last - point;
}

class Converter {
 public:
  explicit Converter(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  std::optional<Value> Convert(const Cell& cell, const DataType& type) {
    if (cell.IsNull()) return Value::Null(type);
    switch (type.id()) {
      case TypeId::kArray:
        return Array(cell, type);
      case TypeId::kMap:
        return Map(cell, type);
      case TypeId::kStruct:
        return Struct(cell, type);
      default:
        return Primitive(cell, type);
    }
  }

 private:
  std::optional<Value> Primitive(const Cell& cell, const DataType& type) {
    if (!cell.IsText()) return Refuse(cell, type, cell.KindName());
    if (type.id() == TypeId::kBinary && cell.base64) return Binary(cell, type);
    const auto value = ParseValue(cell.text, type);
    if (!value) return Refuse(cell, type, "'" + cell.text + "'");
    const bool is_decimal = type.id() == TypeId::kDecimal;
    if (is_decimal && FractionDigits(cell.text) > static_cast<size_t>(type.scale())) {
      return Refuse(cell, type, "'" + cell.text + "', which has more decimals,");
    }
    return value;
  }

  std::optional<Value> Binary(const Cell& cell, const DataType& type) {
    const auto bytes = YAML::DecodeBase64(cell.text);
    if (bytes.empty() && !cell.text.empty()) return Refuse(cell, type, "what is not base64");
    return Value(type, std::string(bytes.begin(), bytes.end()));
  }

  std::optional<Value> Array(const Cell& written, const DataType& type) {
    const std::optional<Cell> parsed = Unpacked(written);
    if (!parsed) return std::nullopt;
    if (parsed->kind != Cell::Kind::kList) return Refuse(written, type, parsed->KindName());
    std::vector<Value> items;
    for (const Cell& item : parsed->items) {
      auto value = Convert(item, type.element());
      if (!value) return std::nullopt;
      items.push_back(std::move(*value));
    }
    return Value(type, std::move(items));
  }

  std::optional<Value> Map(const Cell& written, const DataType& type) {
    const std::optional<Cell> parsed = Unpacked(written);
    if (!parsed) return std::nullopt;
    if (parsed->kind != Cell::Kind::kMembers) return Refuse(written, type, parsed->KindName());
    std::vector<Value> entries;
    for (size_t i = 0; i < parsed->items.size(); ++i) {
      auto key = Convert(parsed->names[i], type.key());
      auto value = Convert(parsed->items[i], type.value());
      if (!key || !value) return std::nullopt;
      entries.push_back(std::move(*key));
      entries.push_back(std::move(*value));
    }
    return Value(type, std::move(entries));
  }

  std::optional<Value> Struct(const Cell& written, const DataType& type) {
    const std::optional<Cell> parsed = Unpacked(written);
    if (!parsed) return std::nullopt;
    if (parsed->kind != Cell::Kind::kMembers) return Refuse(written, type, parsed->KindName());
    const Schema fields(type.fields());
    std::vector<std::optional<Value>> members(fields.size());
    for (size_t i = 0; i < parsed->items.size(); ++i) {
      const Cell& name = parsed->names[i];
      const auto at = fields.Find(name.text);
      if (!at || members[*at]) {
        diagnostics_.push_back(CaseProblem(
            name.span, at ? "`" + name.text + "` stands twice" : "no field is called " + name.text,
            at ? "" : "the fields: " + fields.ToDdl()));
        return std::nullopt;
      }
      members[*at] = Convert(parsed->items[i], fields[*at].type);
      if (!members[*at]) return std::nullopt;
    }
    std::vector<Value> values;
    for (size_t i = 0; i < fields.size(); ++i) {
      if (!members[i]) {
        diagnostics_.push_back(CaseProblem(
            written.span, "the field `" + fields[i].name + "` is missing; write null for NULL"));
        return std::nullopt;
      }
      values.push_back(std::move(*members[i]));
    }
    return Value(type, std::move(values));
  }

  // In CSV a nested value is a text that holds JSON.
  std::optional<Cell> Unpacked(const Cell& cell) {
    if (!cell.IsText()) return cell;
    return ParseJsonCell(cell.text, cell.span, diagnostics_);
  }

  std::nullopt_t Refuse(const Cell& cell, const DataType& type, const std::string& what) {
    diagnostics_.push_back(CaseProblem(cell.span, what + " is no value of type " + type.ToSql()));
    return std::nullopt;
  }

  Diagnostics& diagnostics_;
};

}  // namespace

const char* Cell::KindName() const {
  switch (kind) {
    case Kind::kNull:
      return "nothing";
    case Kind::kText:
      return "a text";
    case Kind::kList:
      return "a list";
    case Kind::kMembers:
      return "keys and values";
  }
  return "";
}

std::optional<Value> ToValue(const Cell& cell, const DataType& type, Diagnostics& diagnostics) {
  return Converter(diagnostics).Convert(cell, type);
}

Diagnostic CaseProblem(const Span& span, const std::string& message, const std::string& hint) {
  return {"INVALID_PIPELINE_TEST", "42000", span, message, hint};
}

}  // namespace weir::pipeline

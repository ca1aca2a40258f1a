#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "weir/connect/files/sample.h"
#include "weir/connect/files/utf8.h"
#include "weir/connect/files/xml_text.h"
#include "weir/types/parse_text.h"

namespace weir::connect {

namespace {

bool IsDayText(std::string_view text) {
  return text.size() == 10 && text[4] == '-' && text[7] == '-' && ParseDate(text);
}

bool IsTimeText(std::string_view text, const TimeZone& zone) {
  return text.size() > 10 && text[4] == '-' && text[7] == '-' && ParseTimestamp(text, zone);
}

bool IsTruthText(std::string_view text) {
  const std::string lower = LowerName(text);
  return lower == "true" || lower == "false";
}

DataType TypeOfXmlText(std::string_view text, const RecordOptions& options) {
  if (text.empty() || (options.xml_null && text == *options.xml_null)) return TypeId::kVoid;
  // What is kept with its blanks is a text.
  if (TrimAsCast(text).size() != text.size()) return TypeId::kString;
  const bool has_digit = text.find_first_of("0123456789") != std::string_view::npos;
  if (ParseLong(text)) return TypeId::kLong;
  if (has_digit && ParseDouble(text)) return TypeId::kDouble;
  if (IsTruthText(text)) return TypeId::kBoolean;
  if (IsDayText(text)) return TypeId::kDate;
  return IsTimeText(text, *options.zone) ? TypeId::kTimestamp : TypeId::kString;
}

DataType MergedXmlType(const DataType& left, const DataType& right) {
  if (left == right || right.id() == TypeId::kVoid) return left;
  if (left.id() == TypeId::kVoid) return right;
  if (left.IsNumeric() && right.IsNumeric()) return TypeId::kDouble;
  const auto is_time = [](const DataType& type) {
    return type.id() == TypeId::kDate || type.id() == TypeId::kTimestamp;
  };
  return is_time(left) && is_time(right) ? TypeId::kTimestamp : TypeId::kString;
}

// What the elements at one place in the rows were like so far.
class SeenXml {
 public:
  void Look(const pugi::xml_node& element, const RecordOptions& options, bool is_row) {
    ++times_;
    if (!is_row && !HasXmlFields(element, options)) {
      return LookAtText(XmlText(element, options), options);
    }
    has_fields_ = true;
    std::map<std::string, int> counts;
    for (const auto& attribute : element.attributes()) {
      if (!IsXmlField(attribute, options)) continue;
      const std::string name = XmlAttributeName(attribute, options);
      SeenXml& member = members_[name];
      ++member.times_;
      member.LookAtText(XmlAttributeText(attribute, options), options);
      ++counts[name];
    }
    for (const auto& child : element.children()) {
      if (child.type() != pugi::node_element) continue;
      const std::string name(XmlName(child.name(), options));
      members_[name].Look(child, options, false);
      ++counts[name];
    }
    for (const std::string& text : XmlTexts(element, options)) {
      members_[options.value_tag].LookAtText(text, options);
      ++counts[options.value_tag];
    }
    for (const auto& [name, count] : counts) members_[name].repeats_ |= count > 1;
  }

  // By name. Of names that differ only in case, the most frequent.
  std::vector<Field> Fields(const RecordOptions& options, bool as_text) const {
    std::map<std::string, const std::string*> chosen;
    for (const auto& [name, seen] : members_) {
      const std::string*& best = chosen[LowerName(name)];
      if (best == nullptr || members_.at(*best).times_ < seen.times_) best = &name;
    }
    std::vector<Field> fields;
    for (const auto& [name, seen] : members_) {
      if (*chosen[LowerName(name)] == name) {
        fields.push_back({name, seen.Type(options, as_text)});
      }
    }
    return fields;
  }

 private:
  void LookAtText(std::string_view text, const RecordOptions& options) {
    text_ = MergedXmlType(text_, TypeOfXmlText(text, options));
  }

  DataType Type(const RecordOptions& options, bool as_text) const {
    const bool is_text = as_text || text_.id() == TypeId::kVoid;
    DataType type = is_text ? DataType(TypeId::kString) : text_;
    if (has_fields_) type = DataType::Struct(StructFields(options, as_text));
    return repeats_ ? DataType::Array(type) : type;
  }

  // An element that has fields here and is plain there says there what it would as text here.
  std::vector<Field> StructFields(const RecordOptions& options, bool as_text) const {
    if (text_.id() == TypeId::kVoid) return Fields(options, as_text);
    SeenXml with_text = *this;
    SeenXml& value = with_text.members_[options.value_tag];
    value.text_ = MergedXmlType(value.text_, text_);
    with_text.text_ = TypeId::kVoid;
    return with_text.Fields(options, as_text);
  }

  int64_t times_ = 0;
  DataType text_;  // kVoid: none.
  bool has_fields_ = false;
  bool repeats_ = false;
  std::map<std::string, SeenXml> members_;
};

void LookAtRow(SeenXml& rows, const TextLine& line, const RecordOptions& options) {
  if (line.too_long) return;
  std::string text = IsUtf8(line.text) ? std::string(line.text) : MendUtf8(line.text);
  pugi::xml_document document;
  if (ParseXmlRow(text, document).empty()) rows.Look(document.document_element(), options, true);
}

}  // namespace

Schema InferXml(const FileOptions& options, const std::vector<SourceFile>& sample,
                io::ObjectStore& store) {
  SeenXml rows;
  const RecordOptions record_options = RecordOptionsFrom(options.record_options, options.zone);
  const size_t bytes = SampleBytes(sample.size());
  for (const SourceFile& file : sample) {
    SampleRecords(file, store, options.format, record_options, [&](TextReader& lines) {
      TextLine line;
      while (lines.offset() < bytes && lines.Next(line)) LookAtRow(rows, line, record_options);
    });
  }
  return Schema(rows.Fields(record_options, !options.infer_types));
}

}  // namespace weir::connect

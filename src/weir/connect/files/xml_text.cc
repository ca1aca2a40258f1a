#include "weir/connect/files/xml_text.h"

#include <algorithm>
#include <map>

#include "weir/connect/files/rescue.h"

namespace weir::connect {

namespace {

bool IsBlankText(std::string_view text) {
  return text.find_first_not_of(" \t\r\n") == std::string_view::npos;
}

std::string Trimmed(std::string text, const RecordOptions& options) {
  if (!options.trim_text) return text;
  const size_t begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t\r\n") + 1 - begin);
}

bool IsTextNode(const pugi::xml_node& node) {
  return node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata;
}

class StringWriter final : public pugi::xml_writer {
 public:
  void write(const void* data, size_t size) override {
    text.append(static_cast<const char*>(data), size);
  }
  std::string text;
};

void AppendMember(std::string& json, std::string_view name) {
  if (json.back() != '{') json += ',';
  AppendJsonText(json, name);
  json += ':';
}

int DepthOf(const pugi::xml_node& root) {
  int deepest = 0;
  int depth = 0;
  for (pugi::xml_node node = root; node;) {
    deepest = std::max(deepest, depth);
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node && node != root && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    node = node == root ? pugi::xml_node() : node.next_sibling();
  }
  return deepest;
}

}  // namespace

std::string_view XmlName(const char* name, const RecordOptions& options) {
  std::string_view whole = name;
  if (!options.ignore_namespace) return whole;
  const size_t colon = whole.rfind(':');
  return colon == std::string_view::npos ? whole : whole.substr(colon + 1);
}

bool IsXmlField(const pugi::xml_attribute& attribute, const RecordOptions& options) {
  if (options.exclude_attributes) return false;
  const std::string_view name = attribute.name();
  return !options.ignore_namespace || (name != "xmlns" && !name.starts_with("xmlns:"));
}

std::string XmlAttributeName(const pugi::xml_attribute& attribute, const RecordOptions& options) {
  return options.attribute_prefix + std::string(XmlName(attribute.name(), options));
}

bool HasXmlFields(const pugi::xml_node& element, const RecordOptions& options) {
  for (const auto& attribute : element.attributes()) {
    if (IsXmlField(attribute, options)) return true;
  }
  for (const auto& child : element.children()) {
    if (child.type() == pugi::node_element) return true;
  }
  return false;
}

std::vector<std::string> XmlTexts(const pugi::xml_node& element, const RecordOptions& options) {
  std::vector<std::string> texts;
  std::string text;
  const auto finish = [&] {
    if (!IsBlankText(text)) texts.push_back(Trimmed(std::move(text), options));
    text.clear();
  };
  for (const auto& child : element.children()) {
    if (IsTextNode(child)) text += child.value();
    if (child.type() == pugi::node_element) finish();
  }
  finish();
  return texts;
}

std::string XmlText(const pugi::xml_node& element, const RecordOptions& options) {
  std::string text;
  for (const auto& child : element.children()) {
    if (IsTextNode(child)) text += child.value();
  }
  return Trimmed(std::move(text), options);
}

std::string XmlAttributeText(const pugi::xml_attribute& attribute, const RecordOptions& options) {
  return Trimmed(attribute.value(), options);
}

std::string XmlInside(const pugi::xml_node& element) {
  StringWriter writer;
  for (const auto& child : element.children()) {
    child.print(writer, "", pugi::format_raw, pugi::encoding_utf8);
  }
  return std::move(writer.text);
}

std::string XmlWhole(const pugi::xml_node& element) {
  StringWriter writer;
  element.print(writer, "", pugi::format_raw, pugi::encoding_utf8);
  return std::move(writer.text);
}

void AppendXmlJson(const pugi::xml_node& element, const RecordOptions& options, std::string& json) {
  if (!HasXmlFields(element, options)) {
    return AppendJsonText(json, XmlText(element, options));
  }
  json += '{';
  for (const auto& attribute : element.attributes()) {
    if (!IsXmlField(attribute, options)) continue;
    AppendMember(json, XmlAttributeName(attribute, options));
    AppendJsonText(json, XmlAttributeText(attribute, options));
  }
  std::map<std::string, std::vector<pugi::xml_node>> children;
  for (const auto& child : element.children()) {
    if (child.type() != pugi::node_element) continue;
    children[std::string(XmlName(child.name(), options))].push_back(child);
  }
  for (const auto& [name, same] : children) {
    AppendMember(json, name);
    if (same.size() > 1) json += '[';
    for (size_t i = 0; i < same.size(); ++i) {
      if (i > 0) json += ',';
      AppendXmlJson(same[i], options, json);
    }
    if (same.size() > 1) json += ']';
  }
  const std::string text = XmlText(element, options);
  if (!IsBlankText(text)) {
    AppendMember(json, options.value_tag);
    AppendJsonText(json, text);
  }
  json += '}';
}

std::string ParseXmlRow(std::string& text, pugi::xml_document& document) {
  constexpr unsigned kFlags = pugi::parse_default | pugi::parse_ws_pcdata_single;
  const pugi::xml_parse_result parsed =
      document.load_buffer_inplace(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed) {
    return "malformed XML at byte " + std::to_string(parsed.offset + 1) + ": " +
           std::string(parsed.description());
  }
  const pugi::xml_node row = document.document_element();
  if (!row) return "malformed XML: there is no element";
  return DepthOf(row) > kDeepestXml ? "elements are nested too deeply" : "";
}

}  // namespace weir::connect

#pragma once

#include <pugixml.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "weir/connect/files/record_options.h"

// What elements of XML say, as Spark's XML source has it.
namespace weir::connect {

// As fields are called: with its prefix, unless the options ignore namespaces.
std::string_view XmlName(const char* name, const RecordOptions& options);
// Whether an attribute counts: xmlns does not where namespaces are ignored.
bool IsXmlField(const pugi::xml_attribute& attribute, const RecordOptions& options);
std::string XmlAttributeName(const pugi::xml_attribute& attribute, const RecordOptions& options);

// An element with attributes or elements within it.
bool HasXmlFields(const pugi::xml_node& element, const RecordOptions& options);
// The texts of an element between the elements within it, without those that are blank.
std::vector<std::string> XmlTexts(const pugi::xml_node& element, const RecordOptions& options);
// All of them as one.
std::string XmlText(const pugi::xml_node& element, const RecordOptions& options);
std::string XmlAttributeText(const pugi::xml_attribute& attribute, const RecordOptions& options);
// What stands within an element, or the element itself, as it would be written.
std::string XmlInside(const pugi::xml_node& element);
std::string XmlWhole(const pugi::xml_node& element);

// An element as JSON: a text, or an object of its attributes, elements and text.
void AppendXmlJson(const pugi::xml_node& element, const RecordOptions& options, std::string& json);

// One row as it stands in the file; "" where it is well-formed, else what is wrong. `text` is
// changed, and outlives the document.
std::string ParseXmlRow(std::string& text, pugi::xml_document& document);

// How deep elements may be within one another.
inline constexpr int kDeepestXml = 500;

}  // namespace weir::connect

#include "weir/io/s3_messages.h"

#include <cstring>
#include <ctime>
#include <pugixml.hpp>

#include "weir/base/error.h"

namespace weir::io {
namespace {

constexpr size_t kLongestMessage = 300;

// A key may be nothing but spaces.
pugi::xml_document ParsedXml(std::string_view xml, const char* what) {
  pugi::xml_document document;
  const auto result = document.load_buffer(xml.data(), xml.size(),
                                           pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!result) {
    throw Error(ErrorCode::kCorrupt,
                std::string("the store's answer is no ") + what + ": " + result.description());
  }
  return document;
}

std::string OneLine(const std::string& text) {
  std::string line = text.substr(0, kLongestMessage);
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

S3Failure FailureFrom(const pugi::xml_node& node) {
  S3Failure failure;
  failure.code = OneLine(node.child("Code").text().as_string());
  failure.message = OneLine(node.child("Message").text().as_string());
  failure.region = OneLine(node.child("Region").text().as_string());
  return failure;
}

// Text of XML 1.0; what that can't hold goes as a reference, which S3 understands.
void AppendXmlText(std::string& xml, std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '&') {
      xml += "&amp;";
    } else if (c == '<') {
      xml += "&lt;";
    } else if (c == '>') {
      xml += "&gt;";
    } else if (byte < 0x20) {
      xml += "&#" + std::to_string(byte) + ";";
    } else {
      xml += c;
    }
  }
}

}  // namespace

S3Listing ParseS3Listing(std::string_view xml) {
  const pugi::xml_document document = ParsedXml(xml, "listing of a bucket");
  const pugi::xml_node root = document.child("ListBucketResult");
  if (!root) throw Error(ErrorCode::kCorrupt, "the store's answer is no listing of a bucket");
  S3Listing listing;
  for (const pugi::xml_node& node : root.children("Contents")) {
    ObjectInfo info;
    info.key = node.child("Key").text().as_string();
    info.size = node.child("Size").text().as_ullong();
    info.etag = QuotedEtag(node.child("ETag").text().as_string());
    const auto modified = ParseIsoTime(node.child("LastModified").text().as_string());
    if (!modified) {
      throw Error(ErrorCode::kCorrupt, "the store's listing gives an object without its time");
    }
    info.modified = *modified;
    listing.objects.push_back(std::move(info));
  }
  for (const pugi::xml_node& node : root.children("CommonPrefixes")) {
    listing.folders.push_back(node.child("Prefix").text().as_string());
  }
  if (std::string_view(root.child("IsTruncated").text().as_string()) == "true") {
    listing.next = root.child("NextContinuationToken").text().as_string();
    if (listing.next.empty()) {
      throw Error(ErrorCode::kCorrupt,
                  "the store's listing ends early without saying how to go on");
    }
  }
  return listing;
}

S3Failure ParseS3Failure(std::string_view xml) {
  pugi::xml_document document;
  if (!document.load_buffer(xml.data(), xml.size())) return {};
  const pugi::xml_node direct = document.child("Error");
  return FailureFrom(direct ? direct : document.child("ErrorResponse").child("Error"));
}

std::string ParseUploadId(std::string_view xml) {
  const pugi::xml_document document = ParsedXml(xml, "begin of an upload");
  std::string id =
      document.child("InitiateMultipartUploadResult").child("UploadId").text().as_string();
  if (id.empty()) throw Error(ErrorCode::kCorrupt, "the store began an upload without an id");
  return id;
}

std::string CompleteUploadXml(const std::vector<std::string>& etags) {
  std::string xml = R"(<CompleteMultipartUpload xmlns="http://s3.amazonaws.com/doc/2006-03-01/">)";
  for (size_t i = 0; i < etags.size(); ++i) {
    xml += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>";
    AppendXmlText(xml, etags[i]);
    xml += "</ETag></Part>";
  }
  return xml + "</CompleteMultipartUpload>";
}

std::string DeleteObjectsXml(const std::vector<std::string>& keys) {
  std::string xml =
      R"(<Delete xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Quiet>true</Quiet>)";
  for (const std::string& key : keys) {
    xml += "<Object><Key>";
    AppendXmlText(xml, key);
    xml += "</Key></Object>";
  }
  return xml + "</Delete>";
}

std::vector<std::pair<std::string, S3Failure>> ParseDeleteFailures(std::string_view xml) {
  const pugi::xml_document document = ParsedXml(xml, "account of what was deleted");
  const pugi::xml_node root = document.child("DeleteResult");
  if (!root) throw Error(ErrorCode::kCorrupt, "the store's answer does not say what was deleted");
  std::vector<std::pair<std::string, S3Failure>> failures;
  for (const pugi::xml_node& node : root.children("Error")) {
    failures.emplace_back(node.child("Key").text().as_string(), FailureFrom(node));
  }
  return failures;
}

std::string QuotedEtag(const std::string& etag) {
  return etag.empty() || etag.ends_with('"') ? etag : '"' + etag + '"';
}

std::optional<Instant> ParseIsoTime(const std::string& text) {
  std::tm parts{};
  const char* rest = strptime(text.c_str(), "%Y-%m-%dT%H:%M:%S", &parts);
  if (rest == nullptr) return std::nullopt;
  if (*rest == '.') rest += 1 + std::strspn(rest + 1, "0123456789");
  if (std::string_view(rest) != "Z") return std::nullopt;
  return Instant{static_cast<int64_t>(timegm(&parts)) * 1000000};
}

std::optional<Instant> ParseHttpDate(const std::string& text) {
  std::tm parts{};
  // Not strptime, whose names of days and months are those of the process's locale.
  static constexpr std::string_view kMonths = "JanFebMarAprMayJunJulAugSepOctNovDec";
  char month[4] = "";
  if (std::sscanf(text.c_str(), "%*3s, %2d %3s %4d %2d:%2d:%2d GMT", &parts.tm_mday, month,
                  &parts.tm_year, &parts.tm_hour, &parts.tm_min, &parts.tm_sec) != 6) {
    return std::nullopt;
  }
  const size_t at = kMonths.find(month);
  if (std::strlen(month) != 3 || at == std::string_view::npos || at % 3 != 0) return std::nullopt;
  parts.tm_mon = static_cast<int>(at / 3);
  parts.tm_year -= 1900;
  return Instant{static_cast<int64_t>(timegm(&parts)) * 1000000};
}

}  // namespace weir::io

#include "weir/types/variant.h"

#include <gtest/gtest.h>

#include "weir/base/error.h"
#include "weir/types/variant_cast.h"
#include "weir/types/variant_json.h"

namespace weir {
namespace {

std::string Bytes(std::string_view json) {
  JsonCursor cursor(json);
  VariantBuilder builder;
  EXPECT_TRUE(AppendJson(cursor, builder)) << json;
  return builder.Finish();
}

std::string Hex(std::string_view bytes) {
  static constexpr char kDigits[] = "0123456789ABCDEF";
  std::string text;
  for (const char c : bytes) {
    text += kDigits[static_cast<unsigned char>(c) >> 4];
    text += kDigits[static_cast<unsigned char>(c) & 15];
  }
  return text;
}

// As the format's description has it: metadata, then the value.
TEST(VariantTest, BytesAreThoseOfTheSharedFormat) {
  EXPECT_EQ(Hex(Bytes("null")),
            "010000"
            "00");
  EXPECT_EQ(Hex(Bytes("true")),
            "010000"
            "04");
  EXPECT_EQ(Hex(Bytes("1")),
            "010000"
            "0C01");
  EXPECT_EQ(Hex(Bytes("-300")),
            "010000"
            "10D4FE");
  EXPECT_EQ(Hex(Bytes("1.5")),
            "010000"
            "20010F000000");
  EXPECT_EQ(Hex(Bytes("\"ab\"")),
            "010000"
            "096162");
  EXPECT_EQ(Hex(Bytes("[1,null]")),
            "010000"
            "03020002030C0100");
  EXPECT_EQ(Hex(Bytes(R"({"b":1,"a":true})")),
            "010200010262"
            "61"
            "0202010002"
            "00030C0104");
}

TEST(VariantTest, WhatIsWrittenIsRead) {
  for (const std::string json :
       {"null", "[]", "{}", "[1,128,32768,2147483648,-9223372036854775808]",
        "[0.1,-123456789.5,12345678901234567.5,1234567890123456789012345678901234567.5]",
        R"({"a":{"b":[{"c":"x"}]},"é":"😀"})"}) {
    EXPECT_EQ(VariantView(Bytes(json)).ToJson(), json);
  }
  std::string many = "{";
  for (int i = 0; i < 300; ++i) {
    many += (i > 0 ? ",\"k" : "\"k") + std::to_string(1000 + i) + "\":" + std::to_string(i);
  }
  many += "}";
  const std::string bytes = Bytes(many);
  EXPECT_EQ(VariantView(bytes).ToJson(), many);
  EXPECT_EQ(VariantView(bytes).Find("k1299")->integer(), 299);
  EXPECT_FALSE(VariantView(bytes).Find("k1300"));
  const std::string large =
      "[\"" + std::string(70000, 'x') + "\",\"" + std::string(64, 'y') + "\"]";
  EXPECT_EQ(VariantView(Bytes(large)).ToJson(), large);
}

TEST(VariantTest, ACopyHasTheNamesItNeedsOnly) {
  const std::string whole = Bytes(R"({"a":{"b":1},"long name":2})");
  VariantBuilder builder;
  builder.AppendVariant(*VariantView(whole).Find("a"));
  EXPECT_EQ(builder.Finish(), Bytes(R"({"b":1})"));
}

TEST(VariantTest, ANameTwiceInOneObjectIsRefused) {
  JsonCursor cursor(R"({"a":1,"b":{"a":1},"a":2})");
  VariantBuilder builder;
  EXPECT_FALSE(AppendJson(cursor, builder));
}

// Every prefix, and every byte changed: an error, or some value, but nothing read beyond the bytes.
TEST(VariantTest, MalformedBytesAreRefusedOrRead) {
  const std::string good = Bytes(R"({"a":[1,2.5,"x",null],"b":{"c":true}})");
  const auto look = [](const std::string& bytes) {
    try {
      const std::string copy(bytes);
      VariantView(copy).ToJson();
    } catch (const Error& error) {
      EXPECT_EQ(error.condition(), "MALFORMED_VARIANT");
    }
  };
  for (size_t size = 0; size < good.size(); ++size) look(good.substr(0, size));
  for (size_t at = 0; at < good.size(); ++at) {
    for (const int change : {1, 4, 16, 64, 127, 255}) {
      std::string bad = good;
      bad[at] = static_cast<char>(bad[at] ^ change);
      look(bad);
    }
  }
}

TEST(VariantTest, PathsAreUnderstoodOrRefused) {
  const std::string bytes = Bytes(R"({"a":[{"b c":1}]})");
  const auto at = [&](std::string_view path) {
    const auto steps = ParseVariantPath(path);
    if (!steps) return std::string("no path");
    const auto found = FollowPath(VariantView(bytes), *steps);
    return found ? found->ToJson() : "nothing";
  };
  EXPECT_EQ(at("$.a[0]['b c']"), "1");
  EXPECT_EQ(at("$['a'][0][\"b c\"]"), "1");
  EXPECT_EQ(at("$.a[1]"), "nothing");
  EXPECT_EQ(at("$[0]"), "nothing");
  for (const char* path : {"", "a", "$a", "$.", "$[", "$[]", "$[-1]", "$[*]", "$['a", "$['']",
                           "$[99999999999999999999]"}) {
    EXPECT_EQ(at(path), "no path") << path;
  }
}

}  // namespace
}  // namespace weir

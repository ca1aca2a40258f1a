#pragma once

#include <curl/curl.h>

// Its macros check types, and call by the names that are opened here.
#undef curl_easy_setopt
#undef curl_easy_getinfo

namespace weir::io {

// The functions of libcurl that weir calls. The library is opened when it is first used: with all
// that it brings along it would cost each start of the program some 6 ms.
struct CurlLibrary {
  decltype(&::curl_easy_init) easy_init;
  decltype(&::curl_easy_cleanup) easy_cleanup;
  decltype(&::curl_easy_reset) easy_reset;
  decltype(&::curl_easy_setopt) easy_setopt;
  decltype(&::curl_easy_perform) easy_perform;
  decltype(&::curl_easy_getinfo) easy_getinfo;
  decltype(&::curl_easy_strerror) easy_strerror;
  decltype(&::curl_slist_append) slist_append;
  decltype(&::curl_slist_free_all) slist_free_all;
};

// Throws Error{kUnsupported} where it is not installed. It is never closed.
const CurlLibrary& Curl();

}  // namespace weir::io

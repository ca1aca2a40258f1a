#include "weir/io/curl_library.h"

#include <dlfcn.h>

#include <string>

#include "weir/base/error.h"

namespace weir::io {
namespace {

constexpr const char* kCurlName = "libcurl.so.4";

template <typename Function>
void Find(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(dlsym(library, name));
  if (function == nullptr) {
    throw Error(ErrorCode::kUnsupported, std::string(kCurlName) + " has no " + name +
                                             "; install libcurl4 of Debian 12 or later");
  }
}

CurlLibrary OpenCurl() {
  void* library = dlopen(kCurlName, RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) {
    const char* why = dlerror();
    throw Error(ErrorCode::kUnsupported, "s3:// locations need libcurl, which can't be opened (" +
                                             std::string(why == nullptr ? kCurlName : why) +
                                             "); install it (Debian: libcurl4)");
  }
  CurlLibrary curl{};
  decltype(&::curl_global_init) global_init = nullptr;
  Find(library, "curl_global_init", global_init);
  Find(library, "curl_easy_init", curl.easy_init);
  Find(library, "curl_easy_cleanup", curl.easy_cleanup);
  Find(library, "curl_easy_reset", curl.easy_reset);
  Find(library, "curl_easy_setopt", curl.easy_setopt);
  Find(library, "curl_easy_perform", curl.easy_perform);
  Find(library, "curl_easy_getinfo", curl.easy_getinfo);
  Find(library, "curl_easy_strerror", curl.easy_strerror);
  Find(library, "curl_slist_append", curl.slist_append);
  Find(library, "curl_slist_free_all", curl.slist_free_all);
  if (global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    throw Error(ErrorCode::kInternal, "libcurl could not be set up");
  }
  return curl;
}

}  // namespace

const CurlLibrary& Curl() {
  static const CurlLibrary kCurl = OpenCurl();
  return kCurl;
}

}  // namespace weir::io

#include "net/http/url.h"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include "base/text/encode.h"

namespace tandem::net {

std::string Origin::authority() const {
  const std::string name = host.find(':') == std::string::npos ? host : "[" + host + "]";
  const bool standard = port == (tls ? "443" : "80");
  return standard ? name : name + ":" + port;
}

Result<Url> Url::parse(std::string_view text) {
  const auto wrong = [&](std::string_view why) {
    return fail(Code::InvalidArgument,
                "\"" + std::string(text) + "\" is not a usable URL: " + std::string(why) + ".",
                "Write it as https://host[:port][/path].");
  };
  const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
  if (!parsed) return wrong(parsed.error().message());
  const boost::urls::url_view view = *parsed;
  Url url;
  if (view.scheme_id() == boost::urls::scheme::https)
    url.origin.tls = true;
  else if (view.scheme_id() != boost::urls::scheme::http)
    return wrong("the scheme is not http(s)");
  if (view.has_userinfo()) return wrong("it holds a user name or password");
  if (view.has_query() || view.has_fragment()) return wrong("it holds a query or fragment");
  if (view.host_type() == boost::urls::host_type::ipv6) {
    url.origin.host = view.host_ipv6_address().to_string();
  } else {
    url.origin.host = text::to_ascii_lower(std::string(view.host()));
  }
  if (url.origin.host.empty()) return wrong("the host is missing");
  url.origin.port = view.has_port() && !view.port().empty() ? std::string(view.port())
                    : url.origin.tls                        ? "443"
                                                            : "80";
  url.path = std::string(view.encoded_path());
  // Boost.URL 1.81 takes "http://host:80x/" for a path "x/".
  if (!url.path.empty() && url.path.front() != '/') return wrong("the port is not a number");
  while (!url.path.empty() && url.path.back() == '/') url.path.pop_back();
  return url;
}

std::optional<std::string> percent_decode(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '%') {
      const auto byte = i + 2 < text.size() ? text::from_hex(text.substr(i + 1, 2)) : std::nullopt;
      if (!byte) return std::nullopt;
      out += *byte;
      i += 2;
    } else {
      out += plus_is_space && text[i] == '+' ? ' ' : text[i];
    }
  }
  return out;
}

std::optional<std::string> query_value(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    const size_t equals = std::min(pair.find('='), pair.size());
    const auto key = percent_decode(pair.substr(0, equals), true);
    if (key && *key == name) {
      return percent_decode(equals < pair.size() ? pair.substr(equals + 1) : "", true);
    }
    query.remove_prefix(std::min(end + 1, query.size()));
  }
  return std::nullopt;
}

}  // namespace tandem::net

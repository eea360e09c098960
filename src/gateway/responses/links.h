// What a request of the Responses API refers to and does not hold: the response before it and
// single items of earlier ones; and the body with these put into its input. Pure.
//   const Links links = links_of(body);
//   body = expand(std::move(body), links, earlier, items);
#pragma once

#include <string>
#include <vector>

#include "base/json/splice.h"

namespace tandem::gateway::responses {

struct Links {
  std::string previous_id;  // empty: none
  struct Reference {
    std::string id;
    json::Token token;  // the item_reference, whole
  };
  std::vector<Reference> references;
  json::Token input;  // the text, or the opening bracket of the list
  bool input_is_list = false;
  bool empty() const { return previous_id.empty() && references.empty(); }
};

// Nothing where `body` cannot be read: what reads it next says so.
Links links_of(std::string& body);

// `earlier`: items that go before the others; `items`: instead of links.references, one each.
std::string expand(const std::string& body, const Links& links,
                   const std::vector<std::string>& earlier, const std::vector<std::string>& items);

}  // namespace tandem::gateway::responses

#include "gateway/openai/list.h"

#include <charconv>

namespace tandem::gateway::openai {

Result<ListQuery> read_list_query(const net::Request& request, int64_t usual, int64_t most) {
  ListQuery query;
  query.after = request.query_param("after").value_or("");
  query.limit = usual;
  if (const auto text = request.query_param("limit")) {
    const auto [end, error] =
        std::from_chars(text->data(), text->data() + text->size(), query.limit);
    if (error != std::errc() || end != text->data() + text->size() || query.limit < 1 ||
        query.limit > most) {
      return fail(Code::InvalidArgument,
                  "The parameter limit must be from 1 to " + std::to_string(most) + ".", "",
                  "limit");
    }
  }
  const std::string order = request.query_param("order").value_or("desc");
  if (order != "asc" && order != "desc") {
    return fail(Code::InvalidArgument, "The parameter order must be asc or desc.", "", "order");
  }
  query.ascending = order == "asc";
  return query;
}

std::vector<net::ParameterDoc> list_parameters(int64_t usual, int64_t most) {
  using In = net::ParameterDoc::In;
  return {
      {"after", In::Query, "string", "The id of the last item of the page before.", false},
      {"limit", In::Query, "integer",
       "How many at most: 1 to " + std::to_string(most) + ", else " + std::to_string(usual) + ".",
       false},
      {"order", In::Query, "string", "By time: desc (the default) or asc.", false}};
}

}  // namespace tandem::gateway::openai

#include "gateway/catalog/list_page.h"

namespace tandem::gateway {

Result<ListPage> read_list_page(const identity::ListParameters& parameters,
                                std::span<const std::string_view> fields) {
  TRY(auto request, identity::read_list_request(
                        {parameters.limit, std::nullopt, std::nullopt, parameters.filter}, fields));
  ListPage page;
  page.limit = request.limit;
  page.equal = std::move(request.equal);
  page.after = parameters.cursor.value_or("");
  const std::string order = parameters.order.value_or("name");
  page.descending = order == "-name";
  if (!page.descending && !order.empty() && order != "name") {
    return fail(Code::InvalidArgument, "The order \"" + order + "\" is unknown.",
                "Say name or -name.", "order");
  }
  return page;
}

}  // namespace tandem::gateway

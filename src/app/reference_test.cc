#include "app/reference.h"

#include <gtest/gtest.h>

namespace tandem::app {
namespace {

TEST(ApiReference, DescribesEveryOperationInItsSection) {
  const std::string page = api_reference(R"({"paths":{
    "/api/tandem/v1/keys":{"post":{"summary":"Make a key","tags":["keys"],
      "x-permission":"keys:write","x-audit-action":"keys.create",
      "parameters":[{"name":"idempotency-key","in":"header","required":false,
                     "description":"Once.","schema":{"type":"string"}}],
      "responses":{"201":{"description":"Success."},"default":{}}},
      "get":{"summary":"List keys","description":"Newest first.","tags":["keys"],
             "x-permission":"keys:read","responses":{"200":{},"default":{}}}},
    "/health":{"get":{"summary":"Alive","x-permission":"public",
                      "responses":{"200":{},"default":{}}}}}})");
  const size_t body = page.find("\n## ");
  ASSERT_NE(body, std::string::npos);
  EXPECT_EQ(page.substr(body), R"(
## keys

### `GET /api/tandem/v1/keys`
List keys. Newest first. Needs `keys:read`. Answers 200.

### `POST /api/tandem/v1/keys`
Make a key. Needs `keys:write`. Audited as `keys.create`. Answers 201.

| parameter | in | type | meaning |
|---|---|---|---|
| `idempotency-key` | header | string | Once. |

## server

### `GET /health`
Alive. Needs no key. Answers 200.
)");
}

}  // namespace
}  // namespace tandem::app

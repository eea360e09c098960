#include "base/crypto/rsa.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "base/text/encode.h"

namespace tandem::crypto {
namespace {

// The key of RFC 7515, appendix A.2.1, as PKCS#8.
constexpr char kKey[] = R"(-----BEGIN PRIVATE KEY-----
MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCh+BYK4uPJtGXO
jS1lYmM2K5J9vinh8CR3/BYlzJChNuOL2TSXxbbqY913EeZ8dCn5VrD7io8ImtxL
aYk8wTM/U+3QGbh3hCUv7JFP5IV3aVlL6kKA0ywPVb9ilE8TA5a8bpvfbr3SvaNn
juygxmj3AbONv/s4yDQs4v5tJ/reSlpIdJed1LnPmt7Ex1sFhSwsD174pcF1A5L5
ROjtZMEQxrZHYJqkeDrrnGya11UxMFBji4NmXG9veoKjlnAqH2QbgtPr8jkiGUkf
toaHLFcW9Qr4NY2ai50Xw0Byj3+H2JoY2PyrZ62EWQwuz3WTOTY8BwNNb2BvniHg
VFbK5emhAgMBAAECggEAEq5xpGnNCivDflJsRQBXHx1hdR1k6Ulwe2JZD50LpXyW
PEAeP88vLNO97IjlA7/GQ5sLKMgvfTeXZx9SE+7YwVol2NXOoAJe46sui395IW/G
O+pWJ1O0BkTGoVEn2bKVRUCgu+GjBVaYLU6f3l9kJfFNS3E0QbVdxzubSu3Mkqzj
kn439X0M/V51gfpRLI9JYanrC4D4qAdGcopV/0ZHHzQlBjudU2QvXt4ehNYTCBr6
XCLQUShb1juUO1ZdiYoFaFQT5Tw8bGUl/x/jTj3ccPDVZFD9pIuhLhBOneufuBiB
4cS98l2SR/RQyGWSeWjnczT0QU91p1DhOVRuOopznQKBgQDgHMQQ60imZV1URk0K
pLttoLhyt3SmqdEf/kgHePDdtzEafpAu+cS191R2JiuoF2yzWXnwFDcqGigp5BNr
0AHQfD8/Lk8l1Mk09jxxCfui5nYooNyac8YFjm3vItzVCVDnEd3BbVWG8qf6deqE
lMGAg+C2V0L4oNXnP7LZcPAZRwKBgQC5A8R+CZW2MvRTLLHzwZkUXV866cff7tx6
kqa0finGG0KgeqlaZPxgCZnFp7AeAcCMtiynVlJ7vMVgePsLq6XtON4tB5kP9jAP
rq3rbAOal78eUH5OcED6eNuCV8ixEu1eWcPNCS/l1OW1EnXUEoEHKl54Xrrz2uNw
kgMTP1FZ1wKBgAcCn1dwJKufzBWQxWQp1vsM5fggqPN1qGb5y0MAk3g7/Ls5bkUp
5u9SN0Ai3Ya6hNnvWJMb7sXQX6U/zyO2M/hTip7tUeh7CXgwo59dkpN75gJLVds2
9+DAncu3KXU4f2Fa+7bLNrur53k8KwPOq2bbuTG69QtV7Jr5MR0AHWKNAoGBAIf/
evpitUf+4JYbLpvNXWcY052Mpz22aR84mY3nh3F2LF2mjMJDpTg7FmuyPcVw6EcG
yoAe9fa65iNqCq+jdw6PVNGo2hxfjSiZ8IIzHdsPXI89//pMjZcQK9r+CCoRjaZj
OYiIDktVWZzmevJuv6WywUqd57LE3Zar3dLSIkx1AoGAIYd7DHOhrWvxkwPQsRM2
tOgrjbcrfvtQJipd+DlcxyVuuM9sQLdgjVk2oy26F0EmpScGLq2MowX7fhd/QJQ3
ydy5cY7YIBi87w93IKLEdfnbJtoOPLUW0ITrJReOgo1cq9SbsxYawBgfp/gh6A56
03k2+ZQwVK0JKSHuLFkuQ3U=
-----END PRIVATE KEY-----
)";
// Of 1024 bits, as PKCS#1.
constexpr char kSmallKey[] = R"(-----BEGIN RSA PRIVATE KEY-----
MIICXAIBAAKBgQCy3/tzRinCa6sQaXAxalb/NcTUJKePCi97CFSN5xgHemBKQ3tJ
1AOPGCKTUs5FFBgFpNRb4HVMZqLtSgoFRgNJXvR2qvRkZG0lZkxmpT8mYZ3Sa0Sp
77j//sWpo+KEDc0xgRiADof/BLfQBkpEml2EJzAV9b5v2WLcDURlp1sf3wIDAQAB
AoGAPyZGHoc5vPLH/M5MlpWFSypPZ9nc8enVo2joeQSJ/jHdBrrWLtVTwFPz+PD1
83tJk8yCUEFpB+UARieqa/wwskH/yZaPCd5PLCRkXqpa8AqVQGmxLqnNN0DMQSi8
Tvp7aTpNkL/QgEFYPtBZ8kR909FrN3QgtL33ol3qLqISjqECQQDl+XG4kzRdDBU7
FnvEYjINWtnF2RrW1Fk6j7Y/gx71yV/4U4xIP7sYqUomhuu60uW87HUi3CHNUWsA
j8W4BhAxAkEAxx4kiD3jFQ3xATy4tv/TToyPvnaycAFrKWPm93s/WuJ2T3UWgHwG
QAftPk0SUihq7dquvTfHoLdF5yhU3sy9DwJABZqff8zugLnzpn30xCNUbujg16Zj
tgp0pi2sVj3eukSO9yEqEPSknYQ6j1fIVMQg3wqwDAprNHKgdeILAmH7cQJALLeK
QMaVPt84pqx6Vy6wx80tYvrJK/pFlLAI6L9XBRQiuclz2jsANFUTZJBucuD80pnv
8DKctG00V6tpE/gq5QJBAJAhRr2sKNhMXEjvbsWwRJwOvuW7wrCjTfijinjfntaw
rVDMj960bv5v5uFtrfo11q6OhPXd/3PMn2zVxtJWvg0=
-----END RSA PRIVATE KEY-----
)";
// Appendix A.2.1 and A.2.2.
constexpr char kMessage[] =
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFt"
    "cGxlLmNvbS9pc19yb290Ijp0cnVlfQ";
constexpr char kSignature[] =
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O"
    "8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARN"
    "PvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ"
    "1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

std::string base64url(const std::vector<uint8_t>& bytes) {
  std::string text = text::to_base64(bytes);
  std::replace(text.begin(), text.end(), '+', '-');
  std::replace(text.begin(), text.end(), '/', '_');
  text.erase(text.find_last_not_of('=') + 1);
  return text;
}

TEST(Rs256, SignsAsTheRfcDoes) {
  const auto signature = sign_rs256(kKey, kMessage);
  ASSERT_TRUE(signature) << signature.error().message;
  EXPECT_EQ(base64url(*signature), kSignature);
}

TEST(Rs256, RefusesWhatIsNoSuchKeyWithoutQuotingIt) {
  for (const std::string& pem : {std::string(), std::string("secret"), std::string(kSmallKey),
                                std::string(kKey).substr(0, 400)}) {
    const auto signature = sign_rs256(pem, kMessage);
    ASSERT_FALSE(signature);
    EXPECT_EQ(signature.error().code, Code::InvalidArgument);
    if (!pem.empty()) EXPECT_EQ(signature.error().describe().find(pem), std::string::npos);
  }
}

}  // namespace
}  // namespace tandem::crypto

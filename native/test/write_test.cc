#include "suites.h"
namespace kvscale::test {
const std::vector<Test> kWriteTests = {};
}

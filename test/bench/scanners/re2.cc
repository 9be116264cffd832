// Searches a text for one pattern after the other: re2 PATTERNS TEXT BLOCK_LENGTH SECONDS
// Prints megabytes per second of CPU, and the matches of one round.

#include <re2/re2.h>

#include <cstdio>
#include <ctime>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

static std::string ReadAll(const char *path) {
  std::ifstream file(path, std::ios::binary);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

static double CpuSeconds() { return static_cast<double>(clock()) / CLOCKS_PER_SEC; }

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  std::vector<std::unique_ptr<RE2>> patterns;
  std::istringstream lines(ReadAll(argv[1]));
  for (std::string line; std::getline(lines, line);) {
    patterns.push_back(std::make_unique<RE2>(line, RE2::Latin1));
    if (!patterns.back()->ok()) return 1;
  }
  const std::string text = ReadAll(argv[2]);
  const size_t block = std::stoul(argv[3]);
  const double seconds = std::stod(argv[4]);
  unsigned long long matches = 0;
  unsigned rounds = 0;
  double spent = 0;
  for (const double start = CpuSeconds(); spent < seconds; spent = CpuSeconds() - start, ++rounds)
    for (size_t at = 0; at < text.size(); at += block) {
      const re2::StringPiece part(text.data() + at, std::min(block, text.size() - at));
      for (const auto &pattern : patterns) {
        re2::StringPiece found;
        size_t from = 0;
        while (pattern->Match(part, from, part.size(), RE2::UNANCHORED, &found, 1)) {
          ++matches;
          from = static_cast<size_t>(found.data() - part.data()) + found.size();
          if (found.empty()) ++from;
          if (from > part.size()) break;
        }
      }
    }
  printf("%f %llu\n", static_cast<double>(text.size()) * rounds / spent / 1e6, matches / rounds);
  return 0;
}

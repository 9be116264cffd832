// Scans a text with all patterns at once: hyperscan PATTERNS TEXT BLOCK_LENGTH SECONDS
// Prints megabytes per second of CPU, and the matches of one round.

#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static int on_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags,
                    void *count) {
  (void)id, (void)from, (void)to, (void)flags;
  ++*(unsigned long long *)count;
  return 0;
}

static char *read_all(const char *path, size_t *length) {
  FILE *file = fopen(path, "rb");
  if (!file) exit(2);
  fseek(file, 0, SEEK_END);
  *length = (size_t)ftell(file);
  rewind(file);
  char *text = malloc(*length + 1);
  if (fread(text, 1, *length, file) != *length) exit(2);
  text[*length] = 0;
  fclose(file);
  return text;
}

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv) {
  if (argc != 5) return 2;
  const char *patterns[1000];
  unsigned flags[1000], ids[1000], count = 0;
  size_t length;
  for (char *line = strtok(read_all(argv[1], &length), "\n"); line; line = strtok(NULL, "\n")) {
    patterns[count] = line;
    flags[count] = 0;
    ids[count] = count;
    ++count;
  }
  char *text = read_all(argv[2], &length);
  size_t block = strtoul(argv[3], NULL, 10);
  double seconds = strtod(argv[4], NULL);
  hs_database_t *database;
  hs_compile_error_t *error;
  if (hs_compile_multi(patterns, flags, ids, count, HS_MODE_BLOCK, NULL, &database, &error)) {
    fprintf(stderr, "%s\n", error->message);
    return 1;
  }
  hs_scratch_t *scratch = NULL;
  if (hs_alloc_scratch(database, &scratch)) return 1;
  unsigned long long matches = 0;
  double start = cpu_seconds(), spent = 0;
  unsigned rounds = 0;
  for (; spent < seconds; spent = cpu_seconds() - start, ++rounds)
    for (size_t at = 0; at < length; at += block)
      hs_scan(database, text + at, (unsigned)(length - at < block ? length - at : block), 0,
              scratch, on_match, &matches);
  printf("%f %llu\n", (double)length * rounds / spent / 1e6, matches / rounds);
  return 0;
}

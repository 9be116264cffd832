// Programming languages of the code matcher: their names, and patterns of distinctive lines.

export const LANGUAGES = [
  'bash',
  'c',
  'csharp',
  'go',
  'html',
  'java',
  'javascript',
  'php',
  'powershell',
  'python',
  'ruby',
  'rust',
  'sql',
] as const;
export type Language = (typeof LANGUAGES)[number];

interface Signature {
  readonly names: readonly string[];
  /**
   * Matches the beginning of a line. Each alternative has at most one bounded run, so none is slow.
   */
  readonly lines: RegExp;
}

/** C++ counts as C and TypeScript as JavaScript because their lines are alike. */
export const CODE_LANGUAGES: Readonly<Record<Language, Signature>> = {
  bash: {
    names: ['bash', 'sh', 'shell', 'zsh', 'ksh', 'dash', 'console', 'shellscript'],
    lines:
      /^\s{0,20}(?:(?:if|while|until) (?:\[{1,2} |test )|(?:fi|done|esac)\s*;?$|for \w{1,30} in [^\n]{1,80}; ?do\b|export [A-Z_]{2,40}=|(?:sudo|apt-get|chmod|chown|mkdir -p|grep -|sed -|awk ') ?\S|\w{1,40}=\$\(|echo ["$]|set -[eux])/,
  },
  c: {
    names: ['c', 'cpp', 'c++', 'cc', 'cxx', 'h', 'hpp', 'objc'],
    lines:
      /^\s{0,20}(?:#\s?include\s?[<"]|#\s?(?:define|ifdef|ifndef|pragma) \w|(?:static |unsigned |const |struct ){0,3}(?:int|void|char|float|double|size_t|bool|long) \*{0,2}\w{1,40}\s?[(;=[]|using namespace |template ?<|std::\w|printf\(|return \w{0,20};$|typedef )/,
  },
  csharp: {
    names: ['csharp', 'cs', 'c#', 'dotnet'],
    lines:
      /^\s{0,20}(?:using System|namespace [A-Z]\w|(?:public|private|protected|internal) (?:static |async |override |sealed |partial |abstract |virtual ){0,3}(?:class|void|string|int|bool|Task|var|interface|record) ?\S|Console\.Write|\[(?:Http(?:Get|Post)|Fact|Test|Serializable)\b|\w{1,40} \{ get; )/,
  },
  go: {
    names: ['go', 'golang'],
    lines:
      /^\s{0,20}(?:package \w{1,40}$|func (?:\([^)\n]{1,60}\) )?\w{1,60}\(|import \($|type \w{1,60} (?:struct|interface) ?\{|\w{1,40}(?:, \w{1,40})? := |if err != nil|defer \w|go func\()/,
  },
  html: {
    names: ['html', 'htm', 'xhtml', 'vue', 'svelte'],
    lines:
      /^\s{0,20}(?:<!doctype html|<\/?(?:html|head|body|div|span|script|style|table|form|ul|nav|section|meta|link)(?:\s[^\n]{0,200})?>)/i,
  },
  java: {
    names: ['java', 'kotlin', 'kt', 'scala'],
    lines:
      /^\s{0,20}(?:import (?:static )?(?:java|javax|org|com)\.[\w.*]{1,100};|package [a-z]\w{0,40}(?:\.\w{1,40}){0,8};|(?:public|private|protected) (?:static |final |abstract |synchronized ){0,3}(?:class|void|interface|enum|String|int|boolean|List<)|System\.out\.print|@(?:Override|Autowired|Test|Entity)\b|(?:data class|fun) \w{1,40}\()/,
  },
  javascript: {
    names: [
      'javascript',
      'js',
      'jsx',
      'mjs',
      'cjs',
      'node',
      'typescript',
      'ts',
      'tsx',
      'deno',
      'bun',
    ],
    lines:
      /^\s{0,20}(?:import (?:[^'"\n]{1,120} from )?['"][^'"\n]{1,120}['"]|export (?:default |const |function |class |async |type |interface )|(?:const|let|var) (?:\w{1,40}|[{[][^=\n]{1,100}[}\]])(?:: [^=\n]{1,60})? = |(?:async )?function\*? ?\w{0,40}\(|module\.exports|console\.(?:log|error)\(|\}\);?$|interface \w{1,40} \{|[^\n]{0,80}=> \{$)/,
  },
  php: {
    names: ['php'],
    lines:
      /^\s{0,20}(?:<\?php|\$\w{1,40}(?:->\w{1,40}|\[[^\]\n]{1,40}\])? ?= |(?:public|private|protected) (?:static )?function |function \w{1,40}\(\$|use [A-Z]\w{0,40}\\|echo \$|\$this->)/,
  },
  powershell: {
    names: ['powershell', 'ps1', 'pwsh', 'posh'],
    lines:
      /^\s{0,20}(?:\$\w{1,40} = (?:Get|New|Import|Invoke)-|(?:Get|Set|New|Remove|Invoke|Import|Write|Start|Stop)-[A-Z]\w{1,40}(?: -\w|\s?$| ["$(])|param ?\(|function [A-Z]\w{1,20}-[A-Z]\w{1,40} ?\{|\[Parameter\()/,
  },
  python: {
    names: ['python', 'py', 'python3', 'py3', 'ipython', 'pycon'],
    lines:
      /^\s{0,20}(?:>>> |(?:async )?def \w{1,60}\([^\n]{0,160}\)(?: ?-> ?[^\n:]{1,60})?:|class \w{1,60}(?:\([^)\n]{0,80}\))?:$|from [\w.]{1,60} import \w|import [a-z_][\w.]{0,40}(?: as \w{1,20})?$|if __name__ ==|elif [^\n]{1,120}:$|except(?: [\w.]{1,40}(?: as \w{1,20})?)?:$|for [\w, ]{1,40} in [^\n]{1,100}:$|with [^\n]{1,100} as \w{1,40}:$|print\(|self\.\w{1,40}(?: =|\()|return \[?self\.)/,
  },
  ruby: {
    names: ['ruby', 'rb', 'irb'],
    lines:
      /^\s{0,20}(?:def (?:self\.)?\w{1,40}[?!]?(?:\([^)\n]{0,80}\))?$|require(?:_relative)? ['"]|class [A-Z]\w{0,40}(?: < [A-Z][\w:]{0,60})?$|module [A-Z]\w{0,40}$|attr_(?:accessor|reader|writer) :|[^\n|]{1,80} do \|[^|\n]{1,40}\|$|puts ["']|end$)/,
  },
  rust: {
    names: ['rust', 'rs'],
    lines:
      /^\s{0,20}(?:(?:pub(?:\(crate\))? )?(?:async )?fn \w{1,60}(?:<[^>\n]{1,60}>)?\(|let mut \w|use (?:std|crate|super|self)::|impl(?:<[^>\n]{1,60}>)? \w|(?:pub )?(?:struct|enum|trait) [A-Z]\w{0,60}|#\[(?:derive|test|cfg)|println!\(|match \w{1,40} \{$|let \w{1,40}(?:: [^=\n]{1,60})? = [^\n]{0,120};$)/,
  },
  sql: {
    names: ['sql', 'mysql', 'postgres', 'postgresql', 'psql', 'plsql', 'tsql', 'sqlite'],
    lines:
      /^\s{0,20}(?:SELECT [^\n]{1,200} FROM |SELECT (?:\*|[\w.]{1,40}(?:, ?[\w.]{1,40}){0,20})$|FROM [\w."]{1,60}(?: \w{1,20})?$|WHERE [\w."]{1,60} ?(?:=|<|>|IN\b|LIKE\b|IS\b)|INSERT INTO [\w."]{1,60} ?(?:\(|VALUES|SELECT)|UPDATE [\w."]{1,60} SET |DELETE FROM [\w."]{1,60}|CREATE (?:TABLE|INDEX|VIEW|DATABASE|OR REPLACE) |ALTER TABLE |DROP TABLE |(?:LEFT |INNER |RIGHT )?JOIN [\w."]{1,60} |GROUP BY \w|ORDER BY \w)/,
  },
};

const LANGUAGE_BY_NAME: ReadonlyMap<string, Language> = new Map(
  LANGUAGES.flatMap((language) =>
    CODE_LANGUAGES[language].names.map((name) => [name, language] as const),
  ),
);

/** Returns the language of a name, or undefined for names such as `text` or `json`. */
export function languageOf(name: string): Language | undefined {
  return LANGUAGE_BY_NAME.get(name.toLowerCase());
}

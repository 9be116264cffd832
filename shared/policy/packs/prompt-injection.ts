// Phrases that address the model instead of a person: to drop its instructions, hide something,
// reveal its prompt or send data away, and forged conversation markers. Precise rather than
// complete: a conversation about such attacks should not match.

import type { Phrase } from './phrases.ts';

const DROP =
  "ignore|disregard|forget|override|bypass|overlook|neglect|discard|erase|do not follow|don't follow|stop following|do not obey|pay no attention to|set aside";
const FORMER =
  'previous|prior|above|earlier|preceding|foregoing|former|initial|original|your|system|past|existing|the above|previously given';
const ORDERS =
  'instructions|instruction|directions|directives|directive|guidelines|prompts|prompt|programming|system prompt|commands given|orders|constraints';

export const PROMPT_INJECTION: readonly Phrase[] = [
  [DROP, 2, FORMER, 2, `${ORDERS}|rules|context|restrictions|policies`],
  [
    DROP,
    1,
    'all|any|every|each|whatever',
    3,
    'instructions|prompts|directives|guidelines|system prompt',
  ],
  [
    DROP,
    2,
    `${ORDERS}|rules`,
    1,
    'above|before this|you were given|you have been given|you received|previously|so far|given to you|you got',
  ],
  [
    DROP,
    0,
    'everything|anything|all that|all',
    1,
    'above|before|you were told|you have been told|you know|you were instructed|previously said|i said before|prior to this',
  ],
  [
    'new|updated|revised|real|actual|following',
    0,
    'instructions|task|system prompt|directive',
    0,
    'override|overrides|supersede|supersedes|replace|replaces',
    3,
    ORDERS,
  ],
  [
    'your|the',
    0,
    'new|real|actual|true',
    0,
    'instructions are|instruction is|task is to|goal is to|objective is to|system prompt is|purpose is to',
  ],
  [
    'from now on|from this point on|starting now|henceforth',
    0,
    'you are|you will|you must|act as|behave as|answer only|respond only|ignore',
  ],
  [
    'reveal|show|print|repeat|output|display|leak|tell me|disclose|give me|write out',
    2,
    'your',
    1,
    'system prompt|initial prompt|initial instructions|hidden instructions|original instructions|secret instructions|system message|hidden prompt',
  ],
  [
    'repeat|print|output|write',
    1,
    'everything|all|the words|the text|all text',
    1,
    'above|before this',
    0,
    'starting with|verbatim|word for word|in a code block|exactly',
  ],
  [
    "do not|don't|never|without",
    0,
    'tell|inform|mention|telling|informing|mentioning|alert|alerting|notify|notifying|reveal',
    1,
    'this to|the user|user|the human|them that|anyone about this',
  ],
  [
    "do not|don't|without",
    0,
    'ask|asking|seek|seeking|wait for|waiting for|request|requesting',
    2,
    'confirmation|permission|approval',
    2,
    'user|human|first|just',
  ],
  [
    "do not|don't|without",
    0,
    'ask|asking|alerting|consulting|prompting',
    1,
    'user|the user|human',
    1,
    'confirmation|permission|approval|consent',
  ],
  [
    'send|post|upload|forward|exfiltrate|transmit|email|leak',
    5,
    'conversation|chat history|api key|api keys|secrets|credentials|passwords|environment variables|private key|system prompt|session token',
    4,
    'to',
  ],
  [
    'attention|note to|message to|instructions for|notice to',
    0,
    'ai|llm|the ai|language model|the assistant|ai assistant|ai assistants|ai agents|any ai|llms',
    2,
    'you must|you should|please|ignore|do|stop|reading|read',
  ],
  [
    "if you are|if you're",
    0,
    'an ai|an llm|a language model|an ai assistant|a large language model|chatgpt|claude|an ai agent',
    3,
    'you must|please|ignore|say|output|respond|follow|do|then',
  ],
  [
    [
      '<|im_start|>',
      '<|im_end|>',
      '<|system|>',
      '<|endoftext|>',
      '<|start_header_id|>',
      '<|eot_id|>',
      '<<sys>>',
    ],
  ],
  ['[inst]', 40, '[/inst]'],
  [
    '### system|### instruction|### new instructions|## system prompt',
    0,
    'you are|ignore|override|new|prompt',
  ],
  ['begin|end', 0, 'system prompt|system instructions|of system prompt|new system prompt'],
  // German
  [
    'ignoriere|ignorieren sie|vergiss|vergessen sie|missachte|missachten sie|verwirf',
    3,
    'vorherigen|bisherigen|obigen|vorigen|deine|ihre|fruheren',
    1,
    'anweisungen|anweisung|instruktionen|vorgaben|regeln|befehle|prompts',
  ],
  ['ignoriere|vergiss|missachte', 0, 'alles|alle', 2, 'anweisungen|bisher|oben|zuvor|vorher'],
  ['sage|sag|verrate|erzahle', 1, 'dem benutzer|dem nutzer|niemandem', 1, 'nichts|nicht'],
  ['zeige|gib|nenne|verrate', 3, 'systemprompt|system-prompt|systemanweisungen'],
  // French
  [
    'ignore|ignorez|oublie|oubliez|ne tiens pas compte|ne tenez pas compte',
    3,
    'instructions|consignes|directives|regles',
    1,
    'precedentes|precedente|ci-dessus|anterieures|initiales',
  ],
  ['ignore|ignorez|oublie|oubliez', 1, "tout ce qui precede|tout ce qui est ecrit|tout ce qu'on"],
  ["ne dis rien|ne dites rien|n'informe pas|n'informez pas", 1, "utilisateur|l'utilisateur"],
  [
    'montre|revele|affiche|revelez|affichez',
    2,
    'prompt systeme|instructions systeme|invite systeme',
  ],
  // Spanish
  [
    'ignora|ignore|olvida|olvide|descarta|omite|no sigas',
    3,
    'instrucciones|indicaciones|directrices|reglas|ordenes',
    1,
    'anteriores|previas|de arriba|iniciales|del sistema',
  ],
  ['ignora|olvida', 1, 'todo lo anterior|todo lo que te|todo lo que dije'],
  ['no le digas|no informes|no digas', 2, 'usuario'],
  [
    'muestra|revela|imprime|dime',
    2,
    'prompt del sistema|instrucciones del sistema|prompt de sistema',
  ],
];

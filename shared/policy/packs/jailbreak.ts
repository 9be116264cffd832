// Phrases of users who try to talk the model out of its rules: unrestricted roles, invented modes,
// and games in which the rules do not apply.

import type { Phrase } from './phrases.ts';

const LIMITS =
  'restrictions|limitations|limits|rules|filters|filter|guidelines|ethics|morals|censorship|safeguards|safety guidelines|ethical guidelines|content policy|moral constraints|boundaries|guardrails';

export const JAILBREAK: readonly Phrase[] = [
  ['do anything now|dan mode|stay a dan|act as dan|you are dan|dan prompt'],
  [
    "you are|you're|become|act as|acting as|play|roleplay as|simulate",
    3,
    'stan|dude|aim|evil confidant|betterdan|mongo tom|evilbot|dan',
    1,
    'which stands for|always intelligent|strive to avoid|a chatbot without|an ai without|unfiltered|amoral',
  ],
  [
    'developer|debug|god|sudo|admin|jailbreak|unrestricted|uncensored|unfiltered|root',
    0,
    'mode',
    1,
    'enabled|activated|on|unlocked|engaged',
  ],
  [
    'enable|activate|enter|switch to|turn on|unlock',
    1,
    'developer mode|god mode|jailbreak mode|unrestricted mode|dan mode|uncensored mode|unfiltered mode',
    3,
    'you|and|to|now|for this|in which|where|output|response|answers',
  ],
  [
    'pretend|imagine|assume|act as if|act like|suppose',
    5,
    'no|without any|free of|free from|not bound by|without',
    2,
    LIMITS,
  ],
  [
    'you|ai|assistant|chatbot|model',
    1,
    'have|has|with|without|are|is|no longer have',
    1,
    'no|any|free of|free from|not bound by|unbound by|freed from',
    2,
    `ethical guidelines|moral constraints|content policy|censorship|safety guidelines|ethical or moral|moral or ethical|openai policies|anthropic policies`,
  ],
  [
    'respond|answer|reply|write|speak',
    2,
    'without',
    1,
    'any|moral|ethical|your usual|the usual',
    2,
    LIMITS,
  ],
  [
    'unfiltered and amoral|amoral and unfiltered|uncensored and unfiltered|unfiltered and uncensored|no moral compass|no ethical guidelines|without ethical guidelines|without any ethical guidelines',
  ],
  [
    'you|must|will|do',
    1,
    "never|not|can't|cannot",
    1,
    "refuse|decline|say no|break character|say that you can't",
    6,
    'character|matter what|any request|illegal|unethical|immoral|harmful|a request',
  ],
  [
    'stay in character|remain in character|never break character',
    2,
    'no matter|regardless|whatever',
  ],
  [
    'opposite mode|opposite day mode|evil mode|two responses one normal|[jailbroken]|[jailbreak]|🔓jailbreak|jailbroken response',
  ],
  [
    'my|deceased|late|dead',
    1,
    'grandmother|grandma|granny',
    6,
    'napalm|windows keys|keygen|bomb|meth|chemical engineer|recipe for explosives',
  ],
  [
    'this is',
    1,
    'hypothetical|fictional|purely fictional|a fictional story',
    8,
    'rules do not apply|laws do not apply|no rules|guidelines do not apply|policies do not apply',
  ],
  [
    'your|openai|anthropic|the',
    1,
    'guidelines|policies|rules|restrictions|safeguards|safety training',
    1,
    "do not apply|don't apply|no longer apply|are disabled|have been disabled|are lifted|have been lifted|are suspended",
  ],
  // German, French, Spanish
  [
    'tu so|stell dir vor|nimm an',
    6,
    'ohne|keine|keinerlei',
    1,
    'regeln|einschrankungen|filter|beschrankungen|moral',
  ],
  [
    'fais comme si|imagine que|fais semblant',
    6,
    'sans|aucune|aucun',
    1,
    'restrictions|restriction|regles|limites|filtre|censure',
  ],
  [
    'finge|imagina que|actua como si|haz como si',
    6,
    'sin|ninguna',
    1,
    'restricciones|restriccion|reglas|limites|filtros|censura',
  ],
];

import { HL7 } from '../../../../../../shared/privacy/detect/detectors/hl7.ts';
import { describeDetector } from '../../../../../kit/find-with.ts';

describeDetector('the detectors of fields in HL7 messages', HL7, {
  finds: [
    'PID|1||00482917^^^HOSP^MR||«HOLLOWAY^MARGARET^A»||«19510419»|F|||«17 HARCOURT ROAD^^BRISTOL^^BS6 7RG»||«0117 496 0123»',
    'MSH|^~\\&|A|B\rPID|1||4||«Müller^Anna»||«19840312»',
    String.raw`MSH|x\rPID|1||4||«Koch^Anna»||«19840312»|F`,
    'NK1|1|«HOLLOWAY^PETER»|SPO|«17 HARCOURT ROAD^^BRISTOL»|«0117 496 0123»',
    'PV1|1|I|W^389^1||||12345^«CARTER^JOHN»^^^DR',
    'GT1|1||«HOLLOWAY^MARGARET»',
  ],
  ignores: [
    'PID|1|2|3',
    'pid|1||4||a^b',
    'x PID|1||4||Koch^Anna',
    'const PID|1',
    'PV1|1|I|W^389^1',
  ],
});

/** Writes the rule files of a regular shape (windows × objectives, features × outputs); `--check` compares instead. */
import { driftRules } from '../alerts/generate/drift.ts'
import { settingRules } from '../alerts/generate/settings.ts'
import { sloRules } from '../alerts/generate/slo.ts'
import { writeGenerated } from './generated.ts'

writeGenerated('alerts/rules/drift.yaml', driftRules())
writeGenerated('alerts/rules/resolved-settings.yaml', settingRules())
writeGenerated('alerts/rules/slo.yaml', sloRules())

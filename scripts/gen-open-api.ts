/** Writes docs/openapi.json from the catalogue of the admin port's routes; with `--check` only compares. */
import { openApi } from '../src/admin/open-api.ts'
import { writeGenerated } from './generated.ts'

writeGenerated('docs/openapi.json', `${JSON.stringify(openApi(), null, 2)}\n`)

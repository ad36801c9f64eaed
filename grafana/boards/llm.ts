/** Language models: answers that people wait for. */
import type { Board } from '../board.ts'
import * as llm from '../panels/language-models.ts'

export const llmBoard: Board = {
  uid: 'modeltap-llm',
  title: 'Language models',
  description: 'Generated answers: time to first token, speed, finish reasons and cost.',
  deepestVariable: 'version',
  from: 'now-1h',
  rows: [
    {
      title: 'Now',
      panels: [
        llm.answerRate(),
        llm.firstTokenTail(),
        llm.perTokenMedian(),
        llm.outputTokens(),
        llm.abortedShare(),
        llm.cachedShare(),
      ],
    },
    { title: 'Waiting', panels: [llm.firstTokenHeatmap(), llm.answerQuantiles()] },
    { title: 'Inside the server', panels: [llm.meanPhases(), llm.phaseTails()] },
    { title: 'Tokens', panels: [llm.perTokenQuantiles(), llm.tokenRates(), llm.tokensPerAnswer()] },
    { title: 'Ends', panels: [llm.finishReasons(), llm.brokenStreams()] },
  ],
}

/** How many sessions of a title came how far, and where most are lost. */

import type { FunnelAnswer } from "../../api/answers.ts";
import { useAnswer } from "../../hooks/use-answer.ts";
import { REFRESH_MS } from "../../hooks/use-report.ts";
import { largestLoss, lossInWords, shownSteps, stepName, unknownLengthInWords } from "../../model/funnel.ts";
import { question } from "../../model/scope.ts";
import { Answered, Panel } from "../../parts/panel.tsx";
import { Steps } from "../../parts/steps.tsx";

export function FunnelPanel({ filters }: { readonly filters: readonly string[] }) {
  const asked = useAnswer<FunnelAnswer>(question("/admin/api/funnel", { filter: filters }), REFRESH_MS);
  return (
    <Panel title="How far viewers get" note="A playhead at a share of the length counts, even after a jump.">
      <Answered asked={asked}>
        {(funnel) => (
          <div class="panel-body">
            <Steps
              label="Funnel"
              unit="Sessions"
              of="Of all"
              steps={shownSteps(funnel).map(({ step, sessions, share, shareOfPrevious }, at) => ({
                id: step,
                label: stepName(step),
                count: sessions,
                share,
                shareOfPrevious: at === 0 ? undefined : shareOfPrevious,
                isMarked: step === largestLoss(funnel)?.to,
              }))}
            />
            <p class="says">{lossInWords(funnel)}</p>
            <p class="says">{unknownLengthInWords(funnel)}</p>
          </div>
        )}
      </Answered>
    </Panel>
  );
}

use crate::{
    BadConfig, BadUpdate, CallInfo, Endpoint, EndpointId, Endpoints, Named, Pick, Picker, Policy, RawConfig,
    Snapshot, State, Want, below, untried,
};

/// `random`: each READY endpoint as likely as any other, whatever their weights.
#[derive(Debug, Clone, Copy, Default)]
pub struct Random;

impl Policy for Random {
    type Config = ();

    fn update(
        &mut self,
        instances: &Snapshot,
        (): &(),
        endpoints: &mut dyn Endpoints,
    ) -> Result<State, BadUpdate> {
        let all: Vec<Endpoint> = instances.iter().map(|i| endpoints.ask(i, Want::HEALTHY)).collect();
        Ok(State::over(all, |ready| Even(ready.iter().map(|e| e.id).collect())))
    }
}

impl Named for Random {
    const NAME: &'static str = "random";

    fn parse(_: &RawConfig<'_>) -> Result<(), BadConfig> {
        Ok(())
    }
}

/// Never empty: `State::over` builds over at least one READY endpoint.
#[derive(Debug)]
struct Even(Box<[EndpointId]>);

impl Picker for Even {
    #[inline]
    fn pick(&self, call: &CallInfo<'_>) -> Pick {
        let retry = if call.is_first() { None } else { untried(call, self.0.len(), |n| self.0[n]) };
        Pick::plain(retry.unwrap_or_else(|| self.0[below(call.random(), self.0.len())]))
    }
}

#[cfg(test)]
mod tests;

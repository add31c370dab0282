package io.freshet.job.exchange;

import org.apache.flink.runtime.jobgraph.OperatorID;
import org.apache.flink.runtime.operators.coordination.OperatorCoordinator;

/** Makes the rendezvous of a learner operator. */
public final class RendezvousProvider implements OperatorCoordinator.Provider {
    private static final long serialVersionUID = 1;

    private final OperatorID operator;

    public RendezvousProvider(OperatorID operator) {
        this.operator = operator;
    }

    @Override
    public OperatorID getOperatorId() {
        return operator;
    }

    @Override
    public OperatorCoordinator create(OperatorCoordinator.Context context) {
        return new Rendezvous(context);
    }
}

import type { Settings } from '../../../../core/assembly/plain-json.js';
import { refuseSlot, type Fragment } from './fragment.js';

const PREDICTIONS: Readonly<Record<string, string>> = {
  epsilon: 'epsilon',
  x0: 'sample',
  v: 'v_prediction',
  flow: 'flow_prediction',
};

/** Keys for what the network predicts; classes that know one prediction alone have none. */
export function writtenPrediction({ parameterization }: Fragment, className: string): Settings {
  const { name, config } = parameterization;
  if (/^(FlowMatch|IPNDM|ScoreSde)/.test(className)) return config['negated'] === true ? { invert_sigmas: true } : {};
  if (name === 'consistency') return { sigma_data: config['sigmaData'] };
  if (name === 'edm')
    return {
      sigma_data: config['sigmaData'],
      prediction_type: config['negated'] === true ? 'v_prediction' : 'epsilon',
    };
  const prediction =
    PREDICTIONS[name] ?? refuseSlot('parameterization', parameterization, 'epsilon, x0, v, flow or edm');
  return { prediction_type: prediction, ...(config['time'] === 'log-sigma' ? { timestep_type: 'continuous' } : {}) };
}

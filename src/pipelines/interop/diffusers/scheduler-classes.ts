import { readCogVideoXDdim } from './classes/cog-video.js';
import { readConsistency } from './classes/consistency.js';
import { readDdimInverse } from './classes/ddim-inverse.js';
import { readDdim } from './classes/ddim.js';
import { readDdpm } from './classes/ddpm.js';
import { readDeis } from './classes/deis.js';
import { readLcm, readTcd } from './classes/distilled.js';
import { readDpmSolverMultistepInverse } from './classes/dpm-solver-multistep-inverse.js';
import { readDpmSolverMultistep } from './classes/dpm-solver-multistep.js';
import { readDpmSolverSinglestep } from './classes/dpm-solver-singlestep.js';
import { readCosineDpmSolverMultistep, readEdmDpmSolverMultistep, readEdmEuler } from './classes/edm.js';
import { readEulerDiscrete } from './classes/euler-discrete.js';
import { readFlowMatchEuler, readFlowMatchHeun, readFlowMatchLcm } from './classes/flow-match.js';
import { readIpndm } from './classes/ipndm.js';
import { readPndm } from './classes/pndm.js';
import { readLtxEulerAncestral, readMiniMaxH3 } from './classes/rectified.js';
import { readSaSolver } from './classes/sa-solver.js';
import { readScoreSdeVe } from './classes/score-sde-ve.js';
import {
  readDpmSolverSde,
  readEulerAncestral,
  readHeun,
  readKdpm2,
  readKdpm2Ancestral,
  readLms,
} from './classes/sigma-space.js';
import { readUnclip } from './classes/unclip.js';
import { readUnipc } from './classes/unipc.js';
import type { SchedulerFile, SchedulerParts } from './scheduler-file.js';

/** What a class makes of its config. Throws `RXD_SCHEDULER_CONFIG`. */
export type SchedulerReader = (file: SchedulerFile) => SchedulerParts;

/** The scheduler classes of diffusers that have a counterpart, by `_class_name`. */
export const SCHEDULER_CLASSES: Readonly<Record<string, SchedulerReader>> = {
  CMStochasticIterativeScheduler: readConsistency,
  CogVideoXDDIMScheduler: readCogVideoXDdim,
  CosineDPMSolverMultistepScheduler: readCosineDpmSolverMultistep,
  DDIMInverseScheduler: readDdimInverse,
  DDIMParallelScheduler: readDdim,
  DDIMScheduler: readDdim,
  DDPMParallelScheduler: readDdpm,
  DDPMScheduler: readDdpm,
  DEISMultistepScheduler: readDeis,
  DPMSolverMultistepInverseScheduler: readDpmSolverMultistepInverse,
  DPMSolverMultistepScheduler: readDpmSolverMultistep,
  DPMSolverSDEScheduler: readDpmSolverSde,
  DPMSolverSinglestepScheduler: readDpmSolverSinglestep,
  EDMDPMSolverMultistepScheduler: readEdmDpmSolverMultistep,
  EDMEulerScheduler: readEdmEuler,
  EulerAncestralDiscreteScheduler: readEulerAncestral,
  EulerDiscreteScheduler: readEulerDiscrete,
  FlowMatchEulerDiscreteScheduler: readFlowMatchEuler,
  FlowMatchHeunDiscreteScheduler: readFlowMatchHeun,
  FlowMatchLCMScheduler: readFlowMatchLcm,
  HeunDiscreteScheduler: readHeun,
  IPNDMScheduler: readIpndm,
  KDPM2AncestralDiscreteScheduler: readKdpm2Ancestral,
  KDPM2DiscreteScheduler: readKdpm2,
  LCMScheduler: readLcm,
  LMSDiscreteScheduler: readLms,
  LTXEulerAncestralRFScheduler: readLtxEulerAncestral,
  MiniMaxH3Scheduler: readMiniMaxH3,
  PNDMScheduler: readPndm,
  SASolverScheduler: readSaSolver,
  ScoreSdeVeScheduler: readScoreSdeVe,
  TCDScheduler: readTcd,
  UnCLIPScheduler: readUnclip,
  UniPCMultistepScheduler: readUnipc,
};

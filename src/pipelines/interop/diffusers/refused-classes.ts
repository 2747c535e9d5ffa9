/** Scheduler classes of diffusers that are known and cannot be read, and why. */
export const REFUSED_CLASSES: Readonly<Record<string, string>> = {
  SCMScheduler:
    'its networks take samples and times of TrigFlow, scaled by sigma_data, which no parameterization here says',
  FlowMapEulerDiscreteScheduler: 'its networks are told where a step ends too, and denoisers here only where it starts',
  ScoreSdeVpScheduler:
    'its step counts time in wholes that its grid does not have; vp-sde with predictor-corrector is the method',
  KarrasVeScheduler: 'its levels are squares of sigmas, and its noise is not; edm with the grid karras is the method',
  RePaintScheduler: 'its step mixes the known image in; ask for `inpaint`, with the sampler repaint',
  CogVideoXDPMScheduler:
    'its step draws noise twice with weights of its own; dpmpp-2m-sde is the method it starts from',
  DDPMWuerstchenScheduler: 'its table is clamped at both ends and read at any time; cosine with ddpm is the method',
};

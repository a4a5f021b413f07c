import { permittedName } from './name-constraints.ts'

/** Where Bedrock runs. A region that is missing here passes through unseen until it is added. */
const AWS_REGIONS =
  'us-east-1 us-east-2 us-west-1 us-west-2 us-gov-east-1 us-gov-west-1 ca-central-1 ca-west-1 sa-east-1 mx-central-1 eu-central-1 eu-central-2 eu-west-1 eu-west-2 eu-west-3 eu-north-1 eu-south-1 eu-south-2 il-central-1 me-central-1 me-south-1 af-south-1 ap-east-1 ap-east-2 ap-northeast-1 ap-northeast-2 ap-northeast-3 ap-south-1 ap-south-2 ap-southeast-1 ap-southeast-2 ap-southeast-3 ap-southeast-4 ap-southeast-5 ap-southeast-7'
/** Where Vertex AI runs. */
const GOOGLE_REGIONS =
  'us-central1 us-east1 us-east4 us-east5 us-south1 us-west1 us-west2 us-west3 us-west4 northamerica-northeast1 northamerica-northeast2 southamerica-east1 southamerica-west1 europe-central2 europe-north1 europe-southwest1 europe-west1 europe-west2 europe-west3 europe-west4 europe-west6 europe-west8 europe-west9 europe-west12 me-central1 me-central2 me-west1 africa-south1 asia-east1 asia-east2 asia-northeast1 asia-northeast2 asia-northeast3 asia-south1 asia-southeast1 asia-southeast2 australia-southeast1 australia-southeast2 us eu'

const REGIONS: { domain: string; regions: string[] }[] = [
  { domain: 'amazonaws.com', regions: AWS_REGIONS.split(' ') },
  { domain: 'api.aws', regions: AWS_REGIONS.split(' ') },
  { domain: 'googleapis.com', regions: GOOGLE_REGIONS.split(' ') },
]

/**
 * The hosts that the certificate authority is made for, from the patterns that providers, settings and policy use. A
 * star that stands for a cloud's region is written out region by region, so that nothing else of that cloud is covered.
 *
 * @returns `tooWide`: patterns that no authority may be made for; their traffic passes unseen, and should be reported
 */
export function authorityHosts(patterns: readonly string[]): { hosts: string[]; tooWide: string[] } {
  const hosts = new Set<string>()
  const tooWide: string[] = []
  for (const pattern of patterns) {
    try {
      for (const host of expanded(pattern)) if (permittedName(host) !== null) hosts.add(host)
    } catch {
      tooWide.push(pattern)
    }
  }
  return { hosts: [...hosts], tooWide }
}

function expanded(pattern: string): string[] {
  const cloud = REGIONS.find(({ domain }) => pattern.endsWith(`.${domain}`))
  const named = cloud && pattern.slice(0, -cloud.domain.length - 1)
  // What is left of the cloud's domain has to say more than the star: never a whole domain, region by region or not.
  if (!cloud || !named?.includes('*') || !/[a-z]{4}/.test(named)) return [pattern]
  return cloud.regions.map((region) => pattern.replace('*', region))
}

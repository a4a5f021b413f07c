import { describeClients } from './describe-clients.ts'
import { curl } from './program-clients.ts'

describeClients([curl])

import { serve } from 'greenio';
import create from './both.mjs';

serve(create);
